#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for Google's Gemini API, as strict as the real one: https://ai.google.dev/api/generate-content

It serves generateContent with its siblings on the paths of the Gemini API and of Vertex, the metadata server's tokens, and the two
routes that speak as OpenAI does. A request that the vendor refuses is refused here, in the vendor's words; a lawful one is answered by
the test's script, or by whatever its schema allows. A script that breaks the schema without saying so is a fault of the test: the
request gets status 500, and `faults` says why. By hand:

    python3 tests/stand-ins/gemini.py --listen 127.0.0.1:8081 --always obedient --first high-demand
"""
import argparse
import gzip
import json
import os
import re
import secrets
import select
import socket
import ssl
import struct
import threading
import time
import urllib.parse
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import gemini_errors as errors
import gemini_openai
import gemini_request
from gemini_answers import Reply, pretty, render, tokens
from gemini_behaviours import BEHAVIOURS, behave, named
from gemini_models import MODELS
from gemini_schema import sample

MODEL = r"(?P<model>[\w.-]+):(?P<verb>generateContent|streamGenerateContent|countTokens)"
ROUTES = {name: re.compile(path) for name, path in {
    "gemini": rf"/(?P<version>v1|v1beta)/models/{MODEL}",
    "vertex": rf"/(?P<version>v1|v1beta1)/projects/(?P<project>[\w-]+)/locations/(?P<location>[\w-]+)/publishers/google/models/{MODEL}",
    "express": rf"/(?P<version>v1|v1beta1)/publishers/google/models/{MODEL}",
    "models": r"/(?P<version>v1|v1beta)/models(/(?P<model>[\w.-]+))?",
    "gemini-openai": r"/v1beta/openai/chat/completions",
    "openai": r"/v1/chat/completions",
    "token": r"/computeMetadata/v1/instance/service-accounts/default/token",
}.items()}
METHODS = {"models": "GET", "token": "GET"}
REQUEST_BYTES = 20_971_520
LOOK_S = 0.02  # between two looks at whether the client is still there
NOT_FOUND = Reply(404, b"<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n<p><b>404.</b> That is an error.\n",
                  {"Content-Type": "text/html; charset=UTF-8"})


class Call:
    """One request, as it came and as it was understood."""

    def __init__(self, method, target, headers, body, stand_in):
        parts = urllib.parse.urlsplit(target)
        self.method, self.path, self.query = method, parts.path, urllib.parse.parse_qs(parts.query)
        self.headers, self.body, self.stand_in = headers, body, stand_in
        found = ((name, route.fullmatch(self.path)) for name, route in ROUTES.items())
        self.route, self.match = next((one for one in found if one[1]), (None, None))
        self.model, self.request, self.config, self.schema = None, None, {}, None
        self.user_text = self.system_text = ""
        self.streams, self.sse = False, False
        self.status, self.aborted = None, False  # what it was answered; whether the client went away before it had everything
        self.elsewhere = stand_in.url + "/elsewhere"

    @property
    def prompt_tokens(self):
        return max(1, tokens(self.system_text) + tokens(self.user_text))

    @property
    def wants_json(self):
        return self.schema is not None or self.config.get("responseMimeType") == "application/json"

    def usual(self):
        """What the model says when nothing is wrong: the script's answer, or one that the schema allows."""
        script = self.stand_in.usual
        if script is not None:
            return script(self) if callable(script) else script
        if self.schema is not None:
            return sample(self.schema)
        return {"answer": "stand-in"} if self.wants_json else "The stand-in says hello."

    def understand(self):
        """Reads the request; raises what is wrong with it."""
        if len(self.body) > REQUEST_BYTES:
            raise errors.invalid(f"Request payload size exceeds the limit: {REQUEST_BYTES} bytes.")
        if not self.headers.get("Content-Type", "").startswith("application/json"):
            raise errors.invalid("Invalid JSON payload received. Unexpected token.")
        (self.understand_completion if self.route in ("openai", "gemini-openai") else self.understand_content)()
        if self.prompt_tokens > self.model.input_limit:
            raise errors.invalid(f"The input token count ({self.prompt_tokens}) exceeds the maximum number of tokens allowed "
                                 f"({self.model.input_limit}).")

    def find_model(self, name, version="v1main"):
        model = self.stand_in.models.get(name)
        if model is None or model.beta and version == "v1" and self.route == "gemini":
            raise errors.model_missing(name, version)
        return model

    def understand_content(self):
        verb, version = self.match["verb"], self.match["version"]
        dialect = "vertex" if self.route in ("vertex", "express") else version
        self.streams, self.sse = verb == "streamGenerateContent", self.query.get("alt") == ["sse"]
        kind = "CountTokensRequest" if verb == "countTokens" else "GenerateContentRequest"
        self.request = gemini_request.read(self.body, dialect, kind)
        self.model = self.find_model(self.match["model"], version)
        self.request = self.request.get("generateContentRequest", self.request)
        gemini_request.check(self.request, dialect, self.model)
        self.config = self.request.get("generationConfig") or {}
        self.schema = self.config.get("responseSchema", self.config.get("responseJsonSchema"))
        self.system_text = "".join(part.get("text", "") for part in (self.request.get("systemInstruction") or {}).get("parts") or [])
        self.user_text = "\n".join(part.get("text", "") for content in self.request["contents"] for part in content["parts"])

    def understand_completion(self):
        self.request = gemini_openai.read(self.body, self.route)
        self.streams = self.sse = bool(self.request.get("stream"))
        self.model = self.find_model(str(self.request.get("model", "")).removeprefix("models/").removeprefix("google/"))
        self.config, self.schema = gemini_openai.check(self.request, self.model)
        texts = {system: "\n".join(gemini_openai.text_of(message) for message in self.request["messages"]
                                   if (message["role"] in ("system", "developer")) == system) for system in (True, False)}
        self.system_text, self.user_text = texts[True], texts[False]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand_in = None

    def setup(self):
        super().setup()
        self.stand_in.joined(self.connection)

    def finish(self):
        self.stand_in.left(self.connection)
        super().finish()

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = Call(self.command, self.path, self.headers, body, self.stand_in)
        reply = self.stand_in.answer(call)
        call.status = reply.status
        try:
            self.send(reply, call)
        except OSError:
            call.aborted, self.close_connection = True, True

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = serve

    def log_message(self, *_):
        pass

    def pause(self, seconds):
        """Waits so long, but neither for a client that has gone nor for a stand-in that was stopped."""
        end, gone = time.monotonic() + seconds, select.poll()
        gone.register(self.connection, select.POLLRDHUP)
        while (left := end - time.monotonic()) > 0:
            if self.stand_in.stopping.wait(min(left, LOOK_S)) or gone.poll(0):
                raise ConnectionAbortedError

    def send(self, reply, call):
        self.pause(reply.delay_s)
        if not reply.status:
            self.close_connection = True
            return
        body = reply.body
        as_it_is = reply.cut is not None or reply.piece or reply.chunked or not body
        packed = not as_it_is and "gzip" in self.headers.get("Accept-Encoding", "")
        if packed:
            body = gzip.compress(body)
        self.send_response(reply.status)
        length = {"Transfer-Encoding": "chunked"} if reply.chunked else {"Content-Length": str(len(body))}
        encoding = {"Content-Encoding": "gzip"} if packed else {}
        for name, value in (reply.headers | length | encoding | {"Vary": "Origin, X-Origin, Referer"}).items():
            self.send_header(name, value)
        self.end_headers()
        self.send_pieces(body if reply.cut is None else body[:reply.cut], reply)
        if reply.cut is not None:
            self.close_connection = True
            if reply.ending == "reset":
                self.reset()
        elif reply.chunked:
            self.wfile.write(b"0\r\n\r\n")

    def send_pieces(self, body, reply):
        size = reply.piece or len(body) or 1
        for begin in range(0, len(body), size):
            piece = body[begin:begin + size]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if reply.chunked else piece)
            if begin + size < len(body):
                self.pause(reply.pause_s)

    def reset(self):
        """Closes the connection so that the other side sees a reset, not an end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.stand_in.left(self.connection)
        os.close(self.connection.detach())


class GeminiStandIn:
    """The server, on loopback. `calls` are the requests it got, in order; `faults` is what was wrong with the test's script; `usual` is
    what the model says (a value, or a callable that is given the call); `always` how it behaves when nothing else is planned."""

    def __init__(self, port=0, keys=("test-key",), certificate=None, key_file=None, models=None):
        self.calls, self.faults, self.planned = [], [], deque()
        self.usual, self.always = None, "answer"
        self.keys, self.tokens, self.expires_in = set(keys), [], 3_599
        self.models = dict(MODELS if models is None else models)
        self.lock, self.stopping, self.connections, self.connection_count = threading.Lock(), threading.Event(), set(), 0
        self.server = ThreadingHTTPServer(("127.0.0.1", port), type("Bound", (Handler,), {"stand_in": self}))
        self.server.daemon_threads, self.server.block_on_close = True, False
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key_file)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        """Ends everything, also what hangs and connections that were kept alive."""
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()
        with self.lock:
            for connection in self.connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def joined(self, connection):
        with self.lock:
            self.connections.add(connection)
            self.connection_count += 1

    def left(self, connection):
        with self.lock:
            self.connections.discard(connection)

    def plan(self, *behaviours):
        """The next lawful requests are answered so, one behaviour each: a name of gemini_behaviours, a callable, or what the model says."""
        for name in behaviours:
            if isinstance(name, str):
                named(name)  # here the test hears of a name that does not exist
        with self.lock:
            self.planned.extend(behaviours)

    def new_token(self):
        """A token of the metadata server; those before it stay good until they are taken out of `tokens`."""
        self.tokens.append("ya29." + secrets.token_urlsafe(24))
        return self.tokens[-1]

    def answer(self, call):
        with self.lock:
            self.calls.append(call)
        try:
            return self.judge(call)
        except errors.Refusal as refusal:
            return render(refusal, call)
        except Exception as fault:  # whatever is wrong with a script, nobody would see it in this thread
            self.faults.append(f"{call.method} {call.path}: {fault!r}")
            return render(errors.Refusal(500, "INTERNAL", f"FAULT OF THE TEST: {fault!r}"), call)

    def judge(self, call):
        if call.route is None or call.method != METHODS.get(call.route, "POST"):
            return NOT_FOUND
        if call.route == "token":
            return self.metadata_token(call)
        self.admit(call)
        if call.route == "models":
            return self.list_models(call)
        call.understand()
        if call.match.groupdict().get("verb") == "countTokens":
            count = {"totalTokens": call.prompt_tokens, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": call.prompt_tokens}]}
            return Reply(200, pretty(count), {"Content-Type": "application/json; charset=UTF-8"})
        with self.lock:
            how = self.planned.popleft() if self.planned else self.always
        return render(behave(how, call), call)

    def admit(self, call):
        """Who may ask; raises the refusal of who may not."""
        key = call.headers.get("x-goog-api-key") or (call.query.get("key") or [None])[0]
        bearer = (call.headers.get("Authorization") or "").removeprefix("Bearer ")
        if key and bearer:
            raise errors.credentials_twice()
        if call.route == "openai":
            if bearer not in self.keys:
                raise errors.Refusal(401, "UNAUTHENTICATED", "Incorrect API key provided." if bearer else "You didn't provide an API key.")
        elif call.route == "vertex":
            if not bearer:
                raise errors.credentials_missing()
            if bearer not in self.tokens:
                raise errors.token_unsupported()
        elif call.route == "gemini-openai":
            if not bearer:
                raise errors.invalid("Missing or invalid Authorization header.")
            self.admit_key(bearer)
        elif bearer:
            raise errors.token_unsupported()
        elif not key:
            raise errors.key_missing()
        else:
            self.admit_key(key)

    def admit_key(self, key):
        if key not in self.keys:
            raise errors.token_unsupported() if key.startswith("AQ.") else errors.key_invalid()

    def metadata_token(self, call):
        if call.headers.get("Metadata-Flavor") != "Google" or "X-Forwarded-For" in call.headers:
            return Reply(403, b"Missing Metadata-Flavor:Google header.\n", {"Content-Type": "text/html"})
        token = {"access_token": self.new_token(), "expires_in": self.expires_in, "token_type": "Bearer"}
        return Reply(200, json.dumps(token).encode(), {"Content-Type": "application/json", "Metadata-Flavor": "Google"})

    def list_models(self, call):
        name = call.match["model"]
        if name is not None and name not in self.models:
            raise errors.Refusal(404, "NOT_FOUND", f"Model is not found: models/{name} for api version {call.match['version']}")
        found = self.models[name].described() if name else {"models": [model.described() for model in self.models.values()]}
        return Reply(200, pretty(found), {"Content-Type": "application/json; charset=UTF-8"})


def main():
    parser = argparse.ArgumentParser(description="A stand-in for the Gemini API on loopback.",
                                     epilog="Behaviours: " + ", ".join(sorted(BEHAVIOURS)) + ". As in hang:5, one may take an argument.")
    parser.add_argument("--listen", default="127.0.0.1:8081", help="127.0.0.1:PORT; 0 takes a free port")
    parser.add_argument("--key", action="append", help="a key that is good (test-key); may be given again")
    parser.add_argument("--first", action="append", default=[], metavar="NAME", help="how the next request is answered; may be given again")
    parser.add_argument("--always", default="answer", metavar="NAME", help="how all others are answered")
    parser.add_argument("--usual", type=argparse.FileType(), metavar="FILE", help="what the model says, as JSON")
    parser.add_argument("--certificate", help="serves HTTPS with this certificate (PEM)")
    parser.add_argument("--certificate-key", help="its key, where the certificate's file does not hold it")
    options = parser.parse_args()
    host, _, port = options.listen.rpartition(":")
    if host != "127.0.0.1":
        parser.error("it listens on 127.0.0.1 only")
    stand_in = GeminiStandIn(int(port), options.key or ("test-key",), options.certificate, options.certificate_key)
    stand_in.plan(*options.first)
    stand_in.always, stand_in.usual = options.always, json.load(options.usual) if options.usual else None
    print(stand_in.url, flush=True)
    shown = 0
    pause = threading.Event()
    while not pause.wait(0.2):
        for call in stand_in.calls[shown:]:
            print(call.method, call.path, call.status, f"{len(call.body)} bytes", flush=True)
            shown += 1
        while stand_in.faults:
            print("FAULT", stand_in.faults.pop(0), flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass

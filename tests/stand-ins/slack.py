#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for Slack's incoming webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks

It answers as Slack does and is stricter about Block Kit: every limit that Slack documents, and the undocumented one on the sum of
all text, is an error here. Run it by hand to look at what the notifier says:

    python3 tests/stand-ins/slack.py 8080        then SLACK_WEBHOOK_URL=http://127.0.0.1:8080/services/T0/B0/secret
"""
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WEBHOOK = re.compile(r"/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]+")

BLOCKS, ALL_TEXT, MESSAGE_TEXT = 50, 13_200, 4_000
SECTION_TEXT, SECTION_FIELDS, FIELD_TEXT = 3_000, 10, 2_000
HEADER_TEXT, CONTEXT_ELEMENTS, BLOCK_ID = 150, 10, 255
RICH_TEXT_STYLES = {"bold", "italic", "strike", "code"}


def characters(text):
    """Slack counts as JavaScript does: in units of UTF-16."""
    return len(text.encode("utf-16-le")) // 2


class Blocks:
    """Walks through a message; `errors` names each fault by its JSON pointer, as Slack does."""

    def __init__(self, blocks):
        self.errors, self.total = [], 0
        self.expect(isinstance(blocks, list) and 0 < len(blocks) <= BLOCKS, "/blocks", f"must be a list of 1 to {BLOCKS} blocks")
        ids = [block.get("block_id") for block in blocks if isinstance(block, dict) and "block_id" in block]
        self.expect(len(ids) == len(set(ids)), "/blocks", "block_id must be unique")
        for number, block in enumerate(blocks if isinstance(blocks, list) else []):
            self.block(block, f"/blocks/{number}")
        self.expect(self.total <= ALL_TEXT, "/blocks", f"msg_blocks_too_long: {self.total} characters of text in all")

    def expect(self, holds, pointer, text):
        if not holds:
            self.errors.append(f"{text} [json-pointer:{pointer}]")
        return holds

    def only(self, value, keys, pointer):
        """The value is an object and has no keys but these."""
        if not self.expect(isinstance(value, dict), pointer, "must be an object"):
            return False
        unknown = set(value) - set(keys)
        return self.expect(not unknown, pointer, f"unknown keys {sorted(unknown)}")

    def string(self, value, limit, pointer):
        if self.expect(isinstance(value, str) and value != "", pointer, "must be a string that says something"):
            self.expect(characters(value) <= limit, pointer, f"{characters(value)} characters; at most {limit}")
            self.total += characters(value)

    def block(self, block, pointer):
        kinds = {"header": self.header, "section": self.section, "context": self.context, "divider": self.divider,
                 "rich_text": self.rich_text}
        kind = block.get("type") if isinstance(block, dict) else None
        if self.expect(kind in kinds, pointer + "/type", f"unsupported type: {kind}"):
            self.expect(len(block.get("block_id", "")) <= BLOCK_ID, pointer + "/block_id", f"at most {BLOCK_ID} characters")
            kinds[kind](block, pointer)

    def text(self, text, limit, pointer, kinds=("plain_text", "mrkdwn")):
        if not self.only(text, {"type", "text", "emoji", "verbatim"}, pointer):
            return
        self.expect(text.get("type") in kinds, pointer + "/type", f"must be one of {kinds}")
        self.expect("emoji" not in text or text.get("type") == "plain_text", pointer + "/emoji", "only in plain_text")
        self.expect("verbatim" not in text or text.get("type") == "mrkdwn", pointer + "/verbatim", "only in mrkdwn")
        self.string(text.get("text"), limit, pointer + "/text")

    def header(self, block, pointer):
        if self.only(block, {"type", "block_id", "text"}, pointer):
            self.text(block.get("text"), HEADER_TEXT, pointer + "/text", ("plain_text",))

    def section(self, block, pointer):
        if not self.only(block, {"type", "block_id", "text", "fields", "expand"}, pointer):
            return
        self.expect("text" in block or "fields" in block, pointer, "needs text or fields")
        if "text" in block:
            self.text(block["text"], SECTION_TEXT, pointer + "/text")
        fields = block.get("fields", [{}])
        if self.expect(isinstance(fields, list) and 0 < len(fields) <= SECTION_FIELDS, pointer + "/fields",
                       f"must be 1 to {SECTION_FIELDS} texts") and "fields" in block:
            for number, field in enumerate(fields):
                self.text(field, FIELD_TEXT, f"{pointer}/fields/{number}")

    def context(self, block, pointer):
        elements = block.get("elements")
        if self.only(block, {"type", "block_id", "elements"}, pointer) and \
           self.expect(isinstance(elements, list) and 0 < len(elements) <= CONTEXT_ELEMENTS, pointer + "/elements",
                       f"must be 1 to {CONTEXT_ELEMENTS} elements"):
            for number, element in enumerate(elements):
                self.text(element, FIELD_TEXT, f"{pointer}/elements/{number}")

    def divider(self, block, pointer):
        self.only(block, {"type", "block_id"}, pointer)

    def rich_text(self, block, pointer):
        elements = block.get("elements")
        if self.only(block, {"type", "block_id", "elements"}, pointer) and \
           self.expect(isinstance(elements, list) and elements, pointer + "/elements", "must be a list of elements"):
            for number, element in enumerate(elements):
                self.rich_element(element, f"{pointer}/elements/{number}")

    def rich_element(self, element, pointer):
        kinds = {"rich_text_section", "rich_text_preformatted", "rich_text_quote"}
        if not self.only(element, {"type", "elements", "border"}, pointer):
            return
        self.expect(element.get("type") in kinds, pointer + "/type", f"must be one of {sorted(kinds)}")
        leaves = element.get("elements")
        if self.expect(isinstance(leaves, list) and leaves, pointer + "/elements", "must be a list of elements"):
            for number, leaf in enumerate(leaves):
                self.rich_leaf(leaf, f"{pointer}/elements/{number}")

    def rich_leaf(self, leaf, pointer):
        if self.only(leaf, {"type", "text", "style"}, pointer):
            self.expect(leaf.get("type") == "text", pointer + "/type", "only text: nothing that pings or links")
            style = leaf.get("style", {})
            self.expect(isinstance(style, dict) and set(style) <= RICH_TEXT_STYLES, pointer + "/style", "unknown style")
            self.string(leaf.get("text"), ALL_TEXT, pointer + "/text")


def faults(body):
    """What is wrong with a message, as Slack words it; none when it would be shown."""
    if not isinstance(body, dict):
        return ["invalid_payload"]
    errors = []
    if not isinstance(body.get("text"), str) or not body["text"]:
        errors.append("no_text")
    elif characters(body["text"]) > MESSAGE_TEXT:
        errors.append(f"msg_too_long: {characters(body['text'])} characters of text")
    return errors + (Blocks(body["blocks"]).errors if "blocks" in body else [])


def notifications(body):
    """Everything in a message that would ping somebody or turn into a link that was not there: <!channel>, <@U…>, <http…|…>."""
    found = []

    def walk(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                if key == "text" and isinstance(inner, str) and value.get("type") in (None, "mrkdwn", "plain_text"):
                    found.extend(re.findall(r"<[^<>]*>", inner))
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
    walk(body)
    return found


class SlackStandIn:
    """A webhook on loopback. `messages` are the bodies it took, in order; `attempts` counts every POST."""

    def __init__(self, port=0):
        self.messages, self.attempts, self.faults, self.planned = [], 0, [], []
        self.lock = threading.Lock()
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                stand_in.answer(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/services/T0001/B0001/secret"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def plan(self, status, body, **headers):
        """The next POST is answered so, whatever it brings."""
        with self.lock:
            self.planned.append((status, body, {name.replace("_", "-"): value for name, value in headers.items()}))

    def answer(self, request):
        raw = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        with self.lock:
            self.attempts += 1
            status, text, headers = self.judge(request, raw)
        request.send_response(status)
        for name, value in (headers | {"Content-Type": "text/html", "Content-Length": str(len(text.encode()))}).items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(text.encode())

    def judge(self, request, raw):
        if self.planned:
            return self.planned.pop(0)
        if not WEBHOOK.fullmatch(request.path):
            return 404, "no_service", {}
        if not request.headers.get("Content-Type", "").startswith("application/json"):
            return 400, "invalid_payload", {}
        try:
            body = json.loads(raw)
        except ValueError:
            return 400, "invalid_payload", {}
        wrong = faults(body)
        if wrong:
            self.faults.append(wrong)
            return 400, wrong[0] if wrong[0] in ("no_text", "invalid_payload") else "invalid_blocks", {}
        self.messages.append(body)
        return 200, "ok", {}


def main(port="8080"):
    stand_in = SlackStandIn(int(port))
    print(stand_in.url, flush=True)
    shown = 0
    pause = threading.Event()
    while not pause.wait(0.2):
        for body in stand_in.messages[shown:]:
            print(json.dumps(body, ensure_ascii=False, indent=2), flush=True)
            shown += 1
        while stand_in.faults:
            print("REFUSED", *stand_in.faults.pop(0), sep="\n  ", flush=True)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        pass

# SPDX-License-Identifier: Apache-2.0
"""Stands between a process and the API server: notes what is asked, holds answers back, cuts them off, or answers itself.

Towards the process it speaks plain HTTP, so that it can see and choose; towards the API server TLS, with
the process' certificate if it has one. A token passes through.
"""
import base64
import contextlib
import re
import select
import socket
import ssl
import threading
import time

import yaml

REQUEST = re.compile(rb"^[A-Z]+ (\S+) HTTP/1\.1\r\n", re.M)
PIECE, PAUSE_S = 65536, 0.05


class Relay:
    def __init__(self, kubeconfig, folder):
        content = yaml.safe_load(kubeconfig.read_text())
        cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
        host, port = cluster["server"].removeprefix("https://").split(":")
        self.server = host, int(port)
        self.tls = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        if "client-certificate-data" in user:
            pem = folder / "relay.pem"
            pem.write_bytes(base64.b64decode(user["client-certificate-data"]) + base64.b64decode(user["client-key-data"]))
            self.tls.load_cert_chain(pem)
            user.clear()
        self.requests = []  # when each came, and its target
        self.change = lambda request: request  # what is sent in a request's stead
        self.cut_after = lambda target: None  # how many bytes of the answer to a request are passed on before the connection is cut
        self.lose = lambda target: False  # whether the answer to a request never arrives, on a connection that stays
        self.answer = lambda target: None  # a whole answer in the API server's stead, its last word on this connection
        self.is_held, self.connections, self.is_closed = False, set(), False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.kubeconfig = folder / "relay.kubeconfig"
        cluster.clear()
        cluster["server"] = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.kubeconfig.write_text(yaml.safe_dump(content))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self.is_closed:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        """Ends with an RST towards the process, as a cable that breaks or a machine that dies would look."""
        self.connections.add(client)
        try:
            with socket.create_connection(self.server) as plain, self.tls.wrap_socket(plain, server_hostname=self.server[0]) as server:
                self._pass_on(client, server)
        except OSError:
            pass
        finally:
            self.connections.discard(client)
            client.close()

    def _pass_on(self, client, server):
        server.settimeout(PAUSE_S)
        left, is_lost = None, False
        while True:
            ready = select.select([client] if self.is_held else [client, server], [], [], PAUSE_S)[0]
            if client in ready:
                request = client.recv(PIECE)
                if not request:
                    return
                if target := REQUEST.match(request):
                    target = target[1].decode()
                    self.requests.append((time.monotonic(), target))
                    if own := self.answer(target):
                        client.sendall(own)
                        client.shutdown(socket.SHUT_WR)
                        client.recv(1)
                        return
                    left, is_lost = self.cut_after(target), self.lose(target)
                server.sendall(self.change(request))
            if server in ready:
                try:
                    answer = server.recv(PIECE)
                except TimeoutError:  # it was a word of TLS itself
                    continue
                client.sendall(b"" if is_lost else answer[:left])
                left = None if left is None else left - len(answer)
                if not answer or (left is not None and left <= 0):
                    return

    def deliver(self, request):
        """Brings the API server a request that nobody waits for any more, and returns its answer."""
        with socket.create_connection(self.server) as plain, self.tls.wrap_socket(plain, server_hostname=self.server[0]) as server:
            server.settimeout(10)
            server.sendall(request)
            return server.recv(PIECE)

    @contextlib.contextmanager
    def held(self):
        """Nothing that the API server says arrives meanwhile, and it has nobody who reads; then all connections break."""
        self.is_held = True
        try:
            yield
        finally:
            self.cut()
            self.is_held = False

    def cut(self):
        """Breaks all connections."""
        for client in list(self.connections):
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def asked(self, *words):
        """The targets of requests that hold all these words."""
        return [target for _, target in self.requests if all(word in target for word in words)]

    def pauses(self, *words):
        """How many seconds lay between such requests."""
        times = [when for when, target in self.requests if all(word in target for word in words)]
        return [later - sooner for sooner, later in zip(times, times[1:])]

    def close(self):
        self.is_closed = True
        self.listener.close()
        self.cut()

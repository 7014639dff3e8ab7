#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Serves a folder by HTTP, HTTPS and FTP, well or badly: the first part of the path says how.

    model_server.py FOLDER LOG

Prints "HTTP-PORT HTTPS-PORT FTP-PORT CERTIFICATE" (0 and - without the openssl command) on free ports
of 127.0.0.1 and serves until its standard input ends, so that it never outlives who started it. Each
request is a line of LOG before it is answered.
"""
import http.server
import os
import shutil
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading

FOLDER, LOG = sys.argv[1:]
over = threading.Event()  # Ends what stands still.
log_lock = threading.Lock()


def note(text):
    with log_lock, open(LOG, "a", encoding="utf-8") as log:
        log.write(text + "\n")


def content_of(name):
    """Of a file of the folder; None when there is none."""
    path = os.path.join(FOLDER, os.path.basename(name))
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as file:
        return file.read()


class Http(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        note(self.path)
        how, _, rest = self.path[1:].partition("/")
        name = rest.partition("?")[0]
        body = content_of(name)
        act = getattr(self, "serve_" + how.replace("-", "_"), None)
        if act is None or (body is None and how != "to"):
            self.close_connection = True
            self.send_error(404)
        else:
            act(rest, body)

    def start(self, length, status=200, **more):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for header, value in more.items():
            self.send_header(header.replace("_", "-"), value)
        self.end_headers()

    def lead_to(self, url):
        self.start(0, 302, Location=url)

    def stand_still(self):
        self.wfile.flush()
        over.wait()
        self.close_connection = True

    def break_off(self):
        self.wfile.flush()
        self.close_connection = True

    def serve_good(self, _, body):
        self.start(len(body))
        self.wfile.write(body)

    def serve_login(self, rest, body):
        if self.headers.get("Authorization") == "Basic dXNlcjpzM2NyZXQ=":  # user:s3cret
            self.serve_good(rest, body)
        else:
            self.start(0, 401, WWW_Authenticate='Basic realm="models"')

    def serve_status(self, rest, _):
        self.start(0, int(rest.partition("?")[2][:3]))

    def serve_page(self, *_):
        page = b"<!DOCTYPE html><title>Sign in to this network</title>"
        self.start(len(page), Content_Type="text/html")
        self.wfile.write(page)

    def serve_empty(self, *_):
        self.start(0)

    def serve_named(self, rest, body):
        self.start(len(body), Content_Disposition='attachment; filename="../../stolen"')
        self.wfile.write(body)

    def serve_silent(self, *_):
        self.stand_still()

    def serve_slow(self, _, body):
        self.start(len(body))
        self.wfile.write(body[:len(body) // 2])
        self.stand_still()

    def serve_truncated(self, _, body):
        self.start(len(body))
        self.wfile.write(body[:len(body) // 2])
        self.break_off()

    def serve_cut_chunks(self, _, body):
        self.start(None, Transfer_Encoding="chunked")
        self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
        self.break_off()

    def serve_huge(self, *_):
        self.start(1 << 40)
        self.wfile.write(b"x" * 1000)
        self.stand_still()

    def serve_endless(self, *_):
        self.start(None, Transfer_Encoding="chunked")
        try:
            while not over.is_set():
                self.wfile.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
        except OSError:
            self.close_connection = True

    def serve_loop(self, *_):
        self.lead_to(self.path)

    def serve_hops(self, rest, _):
        name, _, left = rest.partition("?")
        self.lead_to(f"/hops/{name}?{int(left) - 1}" if int(left) > 1 else f"/good/{name}?key=s3cret")

    def serve_to(self, rest, _):
        self.lead_to(rest.partition("?")[2])

    def log_message(self, *_):
        pass


class Ftp(socketserver.StreamRequestHandler):
    """What curl asks for to fetch one file in passive mode."""

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        user, data = "", None
        self.say("220 ready")
        for line in self.rfile:
            command, _, word = line.decode().strip().partition(" ")
            command = command.upper()
            if command == "USER":
                user = word
                self.say("331 password")
            elif command == "PASS":
                good = user == "anonymous" or (user, word) == ("user", "s3cret")
                self.say("230 in" if good else "530 who are you?")
            elif command == "EPSV":
                data = socketserver.TCPServer(("127.0.0.1", 0), None)
                self.say(f"229 passive (|||{data.server_address[1]}|)")
            elif command in ("SIZE", "RETR"):
                note(f"{command} {word}")
                body = content_of(word)
                if body is None:
                    self.say("550 no such file")
                elif command == "SIZE":
                    self.say(f"213 {len(body)}")
                else:
                    self.say("150 here it comes")
                    connection, _ = data.get_request()
                    with data, connection:
                        connection.sendall(body[:len(body) // 2] if "cut" in word else body)
                    self.say("226 done")
            elif command == "PWD":
                self.say('257 "/"')
            elif command == "QUIT":
                self.say("221 bye")
                return
            else:  # TYPE, CWD
                self.say("200 fine")


class FtpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True


def make_certificate(folder):
    """Certificate and key of 127.0.0.1 in one file; None without the openssl command."""
    if shutil.which("openssl") is None:
        return None
    path = os.path.join(folder, "server.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", path, "-out", path + ".cert"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(path, "ab") as both, open(path + ".cert", "rb") as certificate:
        both.write(certificate.read())
    return path


def main():
    with tempfile.TemporaryDirectory() as folder:
        servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), Http)]
        certificate = make_certificate(folder)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Http))
            servers[1].socket = context.wrap_socket(servers[1].socket, server_side=True)
        servers.append(FtpServer(("127.0.0.1", 0), Ftp))
        for server in servers:
            server.daemon_threads = True
            server.handle_error = lambda *_: None  # Clients that go are part of it.
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        ports = [server.server_address[1] for server in servers]
        if certificate is None:
            ports.insert(1, 0)
        print(*ports, f"{certificate}.cert" if certificate else "-", flush=True)
        sys.stdin.buffer.read()
        over.set()


main()

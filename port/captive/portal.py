#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page of a captive portal, behind the gateway, and the redirect to it.

    portal.py ADDRESS PORT REDIRECT-PORT URL

GET / shows a button, POST /online admits the visitor: the address that the gateway has put into
X-Forwarded-For goes into the set "admitted" of nftables.conf. No cookie is read or set.
"""
import ipaddress
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Access</title></head>
<body><h1>Welcome</h1><form method="post" action="/online"><button>Go online</button></form></body></html>
"""
DONE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Access</title></head>
<body><h1>You are online</h1></body></html>
"""


class Page(BaseHTTPRequestHandler):
    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200 if self.path == "/" else 404, PAGE)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            address = ipaddress.IPv4Address(self.headers.get("X-Forwarded-For", ""))
        except ValueError:
            self.answer(400, PAGE)
            return
        command = ["nft", "add", "element", "inet", "portal", "admitted", "{ %s }" % address]
        admitted = subprocess.run(command, check=False).returncode == 0
        self.answer(200 if admitted else 500, DONE if admitted else PAGE)

    def log_message(self, *args):
        pass  # nothing about visitors is written down


class Redirect(Page):
    def do_GET(self):
        self.send_response(302)
        self.send_header("Location", sys.argv[4])
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    redirect = ThreadingHTTPServer(("", int(sys.argv[3])), Redirect)
    threading.Thread(target=redirect.serve_forever, daemon=True).start()
    ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Page).serve_forever()

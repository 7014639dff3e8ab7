#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""pipelines/get-model against a web server of this process."""

import hashlib
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.path.join(ROOT, "pipelines", "get-model")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
PATH = f"/someone/some-models/{COMMIT}/onnx/net%20one.onnx"
CONTENT = bytes((i * 7 + i // 251) % 256 for i in range(300_000))


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `server.files`; `server.faults` holds one behaviour for each of the next requests."""

    def do_GET(self):
        server = self.server
        server.requests.append((self.path, self.headers.get("Range")))
        fault = server.faults.pop(0) if server.faults else None
        body = server.files.get(self.path)
        if isinstance(fault, int):
            self.send_error(fault)
            return
        if body is None:
            self.send_error(404)
            return
        start = 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        if asked and fault != "no ranges":
            start = int(asked[1])
            if start >= len(body):
                self.send_error(416)
                return
            self.send_response(206)
            told = 0 if fault == "wrong range" else start
            self.send_header("Content-Range", f"bytes {told}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        if fault == "truncate":
            body = body[:start + (len(body) - start) // 2]
        if fault == "stall":
            self.wfile.write(body[start:start + 100_000])
            self.wfile.flush()
            server.stalled.set()
            server.release.wait(60)
            return
        self.wfile.write(body[start:])

    def log_message(self, *_):
        pass


class GetModel(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.out = os.path.join(self.folder.name, "cache", "models")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.files = {PATH: CONTENT}
        self.server.faults, self.server.requests = [], []
        self.server.stalled, self.server.release = threading.Event(), threading.Event()
        thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        thread.start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.server.shutdown)
        self.addCleanup(self.server.release.set)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.table = os.path.join(self.folder.name, "models.json")
        self.write_table(hashlib.sha256(CONTENT).hexdigest())

    def write_table(self, sha256):
        table = {
            "base_url": "http://127.0.0.1:9",
            "labels": {"two": ["cat", "dog"]},
            "models": {"net": {
                "about": "a test", "licence": "Apache-2.0", "repository": "someone/some-models",
                "commit": COMMIT, "labels": "two", "description": {"postprocess": "yolox"},
                "files": [{"name": "net.onnx", "path": "onnx/net one.onnx",
                           "bytes": len(CONTENT), "sha256": sha256}]}}}
        with open(self.table, "w", encoding="utf-8") as file:
            json.dump(table, file)

    def command(self, *words, timeout=5):
        return [sys.executable, TOOL, "--table", self.table, "--output", self.out,
                "--timeout", str(timeout), *words]

    def environment(self):
        clean = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        return {**clean, "INFERSERVER_MODEL_URL": self.url, "HOME": self.folder.name}

    def run_tool(self, *words, timeout=5):
        done = subprocess.run(self.command(*words, timeout=timeout), env=self.environment(),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              stdin=subprocess.DEVNULL, timeout=120, check=False)
        self.assertNotIn("Traceback", done.stdout)
        return done

    def path(self, name):
        return os.path.join(self.out, name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def put_part(self, data):
        os.makedirs(self.out, exist_ok=True)
        with open(self.path("net.onnx.part"), "wb") as file:
            file.write(data)

    def assert_complete(self, done):
        self.assertEqual(0, done.returncode, done.stdout)
        self.assertEqual(CONTENT, self.read("net.onnx"))
        self.assertFalse(os.path.exists(self.path("net.onnx.part")))

    def test_fetches_the_pinned_file_with_labels_and_description(self):
        done = self.run_tool("net")
        self.assert_complete(done)
        self.assertEqual([(PATH, None)], self.server.requests)
        self.assertEqual(b"cat\ndog\n", self.read("labels_two.txt"))
        self.assertEqual({"labels": "labels_two.txt", "postprocess": "yolox"},
                         json.loads(self.read("net.json")))
        self.assertIn("licence Apache-2.0", done.stdout)
        self.assertIn("(100 %)", done.stdout)
        self.assertIn(self.path("net.onnx"), done.stdout)

    def test_second_run_asks_the_server_nothing(self):
        self.run_tool("net")
        done = self.run_tool("net")
        self.assert_complete(done)
        self.assertEqual(1, len(self.server.requests))
        self.assertIn("already there", done.stdout)

    def test_description_changed_by_the_user_stays(self):
        self.run_tool("net")
        with open(self.path("net.json"), "w", encoding="utf-8") as file:
            file.write("{}")
        done = self.run_tool("net")
        self.assertEqual(b"{}", self.read("net.json"))
        self.assertIn("kept as it is", done.stdout)

    def test_goes_on_from_a_part(self):
        self.put_part(CONTENT[:123_456])
        self.assert_complete(self.run_tool("net"))
        self.assertEqual([(PATH, "bytes=123456-")], self.server.requests)

    def test_starts_over_when_the_server_knows_no_ranges(self):
        self.put_part(b"x" * 1000)
        self.server.faults = ["no ranges"]
        self.assert_complete(self.run_tool("net"))

    def test_starts_over_when_the_part_is_too_long(self):
        self.put_part(CONTENT + b"more")
        self.assert_complete(self.run_tool("net"))
        self.assertEqual([f"bytes={len(CONTENT) + 4}-", None], [r for _, r in self.server.requests])

    def test_goes_on_after_a_broken_connection(self):
        self.server.faults = ["truncate", "truncate"]
        self.assert_complete(self.run_tool("net"))
        self.assertEqual([None, "bytes=150000-", "bytes=225000-"],
                         [r for _, r in self.server.requests])

    def test_goes_on_after_a_server_error(self):
        self.server.faults = [503]
        self.assert_complete(self.run_tool("net"))

    def test_goes_on_after_silence(self):
        self.server.faults = ["stall"]
        self.assert_complete(self.run_tool("net", timeout=0.5))
        self.assertEqual([None, "bytes=100000-"], [r for _, r in self.server.requests])

    def test_does_not_mix_up_ranges(self):
        self.put_part(CONTENT[:1000])
        self.server.faults = ["wrong range"]
        self.assert_complete(self.run_tool("net"))

    def test_keeps_the_part_when_the_connection_breaks_for_good(self):
        self.server.faults = ["truncate"] * 4
        done = self.run_tool("net")
        self.assertEqual(1, done.returncode)
        self.assertIn("the next run goes on", done.stdout)
        self.assertFalse(os.path.exists(self.path("net.onnx")))
        self.assert_complete(self.run_tool("net"))

    def test_interrupt_keeps_the_part(self):
        self.server.faults = ["stall"]
        tool = subprocess.Popen(self.command("net", timeout=60), env=self.environment(),
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertTrue(self.server.stalled.wait(30))
        while True:  # Its first progress line says that the part has arrived.
            line = tool.stdout.readline()
            if " %)" in line or not line:
                break
        tool.send_signal(signal.SIGINT)
        text = tool.communicate(timeout=30)[0]
        self.assertEqual(1, tool.returncode)
        self.assertIn("interrupted", text)
        self.assertNotIn("Traceback", text)
        self.server.release.set()
        self.assert_complete(self.run_tool("net"))
        self.assertIsNotNone(self.server.requests[-1][1])

    def test_refuses_and_removes_a_wrong_digest(self):
        self.server.files[PATH] = CONTENT[:-1] + b"?"
        done = self.run_tool("net")
        self.assertEqual(1, done.returncode)
        self.assertIn("not the pinned file", done.stdout)
        self.assertIn(hashlib.sha256(CONTENT).hexdigest(), done.stdout)
        self.assertEqual([], os.listdir(self.out))

    def test_refuses_a_file_that_is_too_long(self):
        self.server.files[PATH] = CONTENT * 2
        done = self.run_tool("net")
        self.assertEqual(1, done.returncode)
        self.assertEqual([], os.listdir(self.out))

    def test_replaces_a_file_of_other_content(self):
        os.makedirs(self.out)
        with open(self.path("net.onnx"), "wb") as file:
            file.write(b"old")
        self.assert_complete(self.run_tool("net"))

    def test_not_found_names_the_address(self):
        self.server.files = {}
        done = self.run_tool("net")
        self.assertEqual(1, done.returncode)
        self.assertIn("404", done.stdout)
        self.assertIn(self.url + PATH, done.stdout)
        self.assertEqual(1, len(self.server.requests))

    def test_no_network_says_what_to_do(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))  # Bound but not listening: connections are refused.
            done = self.run_tool("net", "--url", f"http://127.0.0.1:{closed.getsockname()[1]}",
                                 timeout=1)
        self.assertEqual(1, done.returncode)
        self.assertIn("--from DIR", done.stdout)

    def test_takes_files_from_a_folder(self):
        source = os.path.join(self.folder.name, "mine")
        os.makedirs(source)
        with open(os.path.join(source, "net one.onnx"), "wb") as file:
            file.write(CONTENT)
        self.assert_complete(self.run_tool("net", "--from", source))
        self.assertEqual([], self.server.requests)
        self.assertTrue(os.path.exists(os.path.join(source, "net one.onnx")))

    def test_folder_with_another_file_is_refused(self):
        source = os.path.join(self.folder.name, "mine")
        os.makedirs(source)
        with open(os.path.join(source, "net.onnx"), "wb") as file:
            file.write(b"another")
        done = self.run_tool("net", "--from", source)
        self.assertEqual(1, done.returncode)
        self.assertIn("not the pinned file", done.stdout)
        self.assertTrue(os.path.exists(os.path.join(source, "net.onnx")))
        self.assertFalse(os.path.exists(self.path("net.onnx")))

    def test_folder_without_the_file_names_what_it_looked_for(self):
        done = self.run_tool("net", "--from", self.folder.name)
        self.assertEqual(1, done.returncode)
        self.assertIn("net.onnx", done.stdout)

    def test_unknown_name_lists_the_known_ones(self):
        done = self.run_tool("nett")
        self.assertEqual(2, done.returncode)
        self.assertIn("no model 'nett'; have: net", done.stdout)

    def test_unwritable_output_is_named(self):
        with open(os.path.join(self.folder.name, "cache"), "w", encoding="utf-8"):
            pass
        done = self.run_tool("net")
        self.assertEqual(1, done.returncode)
        self.assertIn(self.folder.name, done.stdout)


class Table(unittest.TestCase):
    """The table in the tree."""

    def test_every_entry_is_pinned(self):
        with open(os.path.join(ROOT, "pipelines", "models", "models.json"),
                  encoding="utf-8") as file:
            table = json.load(file)
        for name, model in table["models"].items():
            with self.subTest(name):
                self.assertRegex(model["commit"], "^[0-9a-f]{40}$")
                self.assertTrue(model["licence"])
                self.assertIn(model.get("labels", "coco80"), table["labels"])
                for entry in model["files"]:
                    self.assertRegex(entry["sha256"], "^[0-9a-f]{64}$")
                    self.assertGreater(entry["bytes"], 0)

    def test_list_names_every_model(self):
        done = subprocess.run([sys.executable, TOOL, "--list"], stdout=subprocess.PIPE, text=True,
                              check=True)
        for name in ("yolox_nano_416", "ultraface_rfb_320"):
            self.assertIn(name, done.stdout)


if __name__ == "__main__":
    unittest.main()

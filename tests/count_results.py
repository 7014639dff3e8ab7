#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints "PASSED FAILED SKIPPED" of a meson test run: cases of GoogleTest programs one by one.

Usage: count_results.py BUILD/meson-logs
"""

import json
import os
import sys
import xml.etree.ElementTree as et

GOOD, SKIPPED = ("OK", "EXPECTEDFAIL"), ("SKIP",)


def outcome(case):
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if case.find("skipped") is not None or case.get("result") in ("skipped", "suppressed") or \
            case.get("status") == "notrun":
        return "skipped"
    return "passed"


def cases_of(folder):
    """Outcomes of the GoogleTest cases of each meson test, by its name."""
    cases = {}
    path = os.path.join(folder, "testlog.junit.xml")
    if os.path.exists(path):
        for suite in et.parse(path).getroot().iter("testsuite"):
            # Meson names these suites "PROJECT.PROJECT:SUITE / TEST.GTEST-SUITE".
            parts = suite.get("name", "").split(".")
            if len(parts) >= 3:
                cases.setdefault(parts[1].split(" / ")[-1], []).extend(outcome(c) for c in suite.iter("testcase"))
    return cases


def count(folder):
    total = {"passed": 0, "failed": 0, "skipped": 0}
    cases = cases_of(folder)
    with open(os.path.join(folder, "testlog.json"), encoding="utf-8") as file:
        tests = [json.loads(line) for line in file if line.strip()]
    for test in tests:
        name = test["name"].split(" / ")[-1]
        whole = ("passed" if test["result"] in GOOD else
                 "skipped" if test["result"] in SKIPPED else "failed")
        found = cases.get(name, []) or [whole]
        # A program that crashes after its last case, or under a sanitizer, has failed all the same.
        if whole == "failed" and "failed" not in found:
            found = found + ["failed"]
        for result in found:
            total[result] += 1
    return total


if __name__ == "__main__":
    counted = count(sys.argv[1])
    print(counted["passed"], counted["failed"], counted["skipped"])

#!/usr/bin/env python3
"""Writes the seeds of multipart, target, range and request: what clients send, and a few things that go wrong."""
from pathlib import Path

corpus = Path(__file__).parent / "corpus"
post = b"POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\n"
form = b"multipart/form-data; boundary=B\n"
disposition = b"Content-Disposition: form-data; name="
seeds = {
    "multipart": {
        "whole": form + b"--B\r\n" + disposition + b'"image"; filename="cat.jpg"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\r\n--A'
        b"\r\n--B\r\n" + disposition + b"options\r\n\r\n{}\r\n--B--\r\n",
        "quoted": b'multipart/form-data; boundary="a b"\n--B \r\n' + disposition + b'"a\\"b"; filename*=UTF-8\'\'x\r\n\r\n\r\n--B--',
        "cut": form + b"hello\r\n--B\r\n" + disposition + b"a\r\n\r\nhello\r\n--",
        "nameless": form + b"--B\r\n\r\nx\r\n--B--",
    },
    "target": {
        "plain": b"/v1/jobs/0123456789abcdef/events?wait=30&x=a+b%20c",
        "absolute": b"http://localhost:8080/v1/%c3%a4?a=b&&c",
        "dots": b"/a/%2e%2e/b",
        "slash": b"/a%2fb",
        "bytes": b"/\xc0\xaf",
    },
    "range": {
        "part": b"\x64bytes=2-5\n\n\n",
        "tail": b"\x64bytes=-5\n\"tag\"\n\n",
        "outside": b"\x05bytes=5-\n\n\n\"tag\"",
        "tags": b"\x64bytes=0-18446744073709551615\n\nW/\"x,\", \"tag\"\n*",
        "huge": b"\xffbytes=18446744073709551614-\n",
    },
    "request": {
        "get": b"GET /v1/jobs/a?wait=3 HTTP/1.1\r\nHost: localhost:8080\r\nRange: bytes=0-5\r\n\r\n",
        "length": post + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
        "chunked": post + b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n00\r\nX: y\r\n\r\n",
        "both": post + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "wrong": post + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel\r\n0\r\n\r\n",
        "folded": b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
    },
}
for target, files in seeds.items():
    folder = corpus / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, contents in files.items():
        (folder / name).write_bytes(contents)

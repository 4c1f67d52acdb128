"""The peer of ./run bench service: the same work for the same requests in the usual Python stack. An upload is stored as a
file under its SHA-256, decoded whole, and written to SQLite (WAL, synchronous=FULL); a job is a row and a message row; a
status read is a row. Run by uvicorn; the environment variable PEER_DATA names its folder."""

import hashlib
import io
import json
import os
import sqlite3
import threading
import time
import uuid

from fastapi import FastAPI, Response, UploadFile
from fastapi.responses import JSONResponse
from PIL import Image

DATA = os.environ["PEER_DATA"]
app = FastAPI()
local = threading.local()


def database():
    if not hasattr(local, "database"):
        local.database = sqlite3.connect(os.path.join(DATA, "peer.db"), timeout=30, isolation_level=None)
        local.database.execute("PRAGMA journal_mode=WAL")
        local.database.execute("PRAGMA synchronous=FULL")
        local.database.execute("CREATE TABLE IF NOT EXISTS document (kind TEXT, key TEXT, text TEXT, PRIMARY KEY (kind, key))")
        local.database.execute("CREATE TABLE IF NOT EXISTS queue (id INTEGER PRIMARY KEY, due INTEGER, text TEXT)")
    return local.database


def store(data):
    picture = Image.open(io.BytesIO(data))
    picture.load()
    name = os.path.join(DATA, hashlib.sha256(data).hexdigest())
    part = f"{name}.{uuid.uuid4().hex}"
    with open(part, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, name)
    return name, picture.size


@app.get("/healthz")
def healthz():
    return {"status": "ok"}


@app.post("/v1/sessions", status_code=201)
def new_session(image: UploadFile):
    name, size = store(image.file.read())
    session = uuid.uuid4().hex
    record = {"sessionId": session, "photo": name, "width": size[0], "height": size[1], "createdAt": time.time()}
    database().execute("INSERT INTO document VALUES ('session', ?, ?)", (session, json.dumps(record)))
    return record


@app.post("/v1/sessions/{session}/fills", status_code=202)
def new_fill(session: str, mask: UploadFile):
    if not database().execute("SELECT 1 FROM document WHERE kind='session' AND key=?", (session,)).fetchone():
        return JSONResponse({"detail": "no such session"}, 404)
    name, _ = store(mask.file.read())
    job = uuid.uuid4().hex
    record = {"jobId": job, "sessionId": session, "mask": name, "state": "queued", "createdAt": time.time()}
    link = database()
    link.execute("BEGIN IMMEDIATE")
    link.execute("INSERT INTO document VALUES ('job', ?, ?)", (job, json.dumps(record)))
    link.execute("INSERT INTO queue (due, text) VALUES (?, ?)", (int(time.time() * 1000), json.dumps(record)))
    link.execute("COMMIT")
    return {"jobId": job}


@app.get("/v1/jobs/{job}")
def job_status(job: str):
    row = database().execute("SELECT text FROM document WHERE kind='job' AND key=?", (job,)).fetchone()
    return Response(row[0], media_type="application/json") if row else JSONResponse({"detail": "no such job"}, 404)

"""What ./run demo does: one process of the service on the embedded default, one job through its HTTP API. On a terminal
the service then stays until Ctrl-C, so that its address can be tried; otherwise it is stopped."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(ROOT, "demo-out")
PROGRAM = os.path.join(ROOT, "build", "pawfect")
PHOTO = os.path.join(ROOT, "examples", "friends.jpg")
MASK = os.path.join(ROOT, "examples", "friends.mask.png")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def ask(url, form=None):
    """GET, or POST of a form with files: {name: (file name, bytes)}."""
    request = urllib.request.Request(url)
    if form:
        boundary = uuid.uuid4().hex
        body = b""
        for name, (file_name, data) in form.items():
            body += (f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n\r\n'
                     .encode() + data + b"\r\n")
        request.data = body + f"--{boundary}--\r\n".encode()
        request.add_header("Content-Type", f"multipart/form-data; boundary={boundary}")
    with urllib.request.urlopen(request, timeout=120) as answer:
        return answer.read()


def start():
    """The service at the usual port, or at any when that is taken, with a folder of its own."""
    for listen in ("127.0.0.1:8080", "127.0.0.1:0"):
        service = subprocess.Popen([PROGRAM, "serve", "--listen", listen, "--data", os.path.join(OUT, "data")],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=open(os.path.join(OUT, "service.log"), "wb"), text=True)
        words = service.stdout.readline().split()
        if words:
            return service, next(word for word in words if word.startswith("http://"))
        service.wait()
    sys.exit(f"demo: the service did not start:\n{read(os.path.join(OUT, 'service.log')).decode(errors='replace')}")


def main():
    os.makedirs(OUT, exist_ok=True)
    service, url = start()
    try:
        shutil.copy(PHOTO, os.path.join(OUT, "before.jpg"))
        begin = time.monotonic()
        job = json.loads(ask(f"{url}/v1/fills", {"image": ("friends.jpg", read(PHOTO)),
                                                 "mask": ("friends.mask.png", read(MASK))}))["jobId"]
        status = {"state": "queued"}
        while status["state"] not in ("done", "dead", "cancelled"):
            status = json.loads(ask(f"{url}/v1/jobs/{job}?wait=20"))
        if status["state"] != "done":
            sys.exit(f"demo: the job is {status['state']}: {status.get('error')}")
        with open(os.path.join(OUT, "after.jpg"), "wb") as file:
            file.write(ask(f"{url}/v1/jobs/{job}/result"))
        seconds = time.monotonic() - begin
        with open(os.path.join(OUT, "report.json"), "w") as file:
            json.dump(status, file, indent=2)
        print(f"""
before          {OUT}/before.jpg
after           {OUT}/after.jpg            {seconds:.1f} s from upload to result
what was done   {OUT}/report.json

The same with curl:
  curl -F image=@examples/friends.jpg -F mask=@examples/friends.mask.png {url}/v1/fills
  curl '{url}/v1/jobs/JOB?wait=20'
  curl -o after.jpg {url}/v1/jobs/JOB/result
Without the service, with a photo of yours; white in the mask means "remove this":
  build/pawfect fill --image photo.jpg --mask mask.png --out clean.jpg

The photo is "friends" by Aitzol Berasategi, CC BY 4.0; see examples/README.md.""", flush=True)
        if sys.stdout.isatty():
            print(f"\nThe service is at {url} until you press Ctrl-C.", flush=True)
            service.wait()
        else:
            print(f"\nThe service was at {url} and stops now; build/pawfect serve starts it again.", flush=True)
    except KeyboardInterrupt:
        pass
    finally:
        if service.poll() is None:
            service.send_signal(signal.SIGTERM)
            service.wait(60)


if __name__ == "__main__":
    main()

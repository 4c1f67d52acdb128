"""For schemathesis, which tests/api_schema_test.py starts: what no schema can say. Random bytes are no pictures and
random ids nobody's, so most requests that are right in form get real ones; some keep what was made up."""

import json
import os
import zlib

import schemathesis
from hypothesis import strategies

with open(os.environ["PAWFECT_SCHEMA_TEST"]) as file:
    REAL = json.load(file)
PHOTO, MASK = (bytes.fromhex(REAL[name]) for name in ("photo", "mask"))

for media_type in ("image/jpeg", "image/png", "image/webp", "image/tiff", "application/octet-stream"):
    schemathesis.openapi.media_type(media_type, strategies.sampled_from([MASK, PHOTO, PHOTO[:40], b"no picture"]))


def lot(case):
    """0 to 9, the same for the same request."""
    return zlib.crc32(repr((case.path_parameters, case.query, str(case.body))).encode()) % 10


def is_right_in_form(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.hook
def map_case(context, case):
    if not is_right_in_form(case) or lot(case) == 0:
        return case
    path = case.operation.path
    if case.path_parameters and "id" in case.path_parameters:
        names = ["session"] if "/sessions/" in path else ["done", "open", "cancelled"]
        if path.endswith("/events"):
            names.remove("open")  # its stream would not end
        case.path_parameters["id"] = REAL[names[lot(case) % len(names)]]
    if isinstance(case.body, dict) and lot(case) > 2:
        for name, data in (("image", PHOTO), ("mask", MASK)):
            if name in case.body:
                case.body[name] = data
    return case


@schemathesis.hook
def filter_case(context, case):
    """An option is given once; the schema cannot say that of a form and a query together."""
    if not is_right_in_form(case) or not isinstance(case.body, dict):
        return True
    return not set(case.body) & set(case.query or {})

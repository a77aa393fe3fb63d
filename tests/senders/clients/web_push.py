"""A browser that gets push messages: makes a subscription, and reads a message to it with http-ece and PyJWT, unmodified."""

import base64
import json
import os
import sys
import time

import http_ece
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def subscribe():
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    private = key.private_numbers().private_value.to_bytes(32, "big")
    return {"keys": {"p256dh": encode(point), "auth": encode(os.urandom(16))}, "private": encode(private)}


def read(given):
    headers, body = given["headers"], bytes.fromhex(given["body"])
    key = ec.derive_private_key(int.from_bytes(decode(given["private"]), "big"), ec.SECP256R1())
    auth = decode(given["keys"]["auth"])
    assert headers["content-encoding"] == "aes128gcm", headers
    plain = http_ece.decrypt(body, private_key=key, auth_secret=auth, version="aes128gcm")
    scheme, _, fields = headers["authorization"].partition(" ")
    assert scheme == "vapid", scheme
    fields = dict(field.strip().split("=", 1) for field in fields.split(","))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(fields["k"]))
    claims = jwt.decode(fields["t"], public, algorithms=["ES256"], audience=given["audience"])
    assert 0 < claims["exp"] - time.time() <= 24 * 3600, claims
    try:
        jwt.decode(fields["t"], public, algorithms=["ES256"], audience="https://push.example.net")
    except jwt.InvalidAudienceError:
        pass
    else:
        raise AssertionError("the token is good for another push service")
    return {"plain": plain.decode(), "sub": claims["sub"]}


given = json.load(sys.stdin)
json.dump(read(given) if "body" in given else subscribe(), sys.stdout)

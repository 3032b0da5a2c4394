"""Second factors for tests: an app whose codes we compute, and a passkey in software."""

import hashlib
import json
import struct
import time
from base64 import urlsafe_b64encode

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor

from graduand.models import User
from graduand.pages.door.sign_in_ways import FactorWays

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def give_app(user: User, secret: str = SECRET) -> Authenticator:
    """An authenticator app for `user`."""
    return Authenticator.objects.create(
        user=user, type="totp", data={"secret": FactorWays().encrypt(secret)}
    )


def code(steps: int = 0, secret: str = SECRET) -> str:
    """The code of now, or of `steps` half minutes later."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + steps))


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Passkey:
    """A security key in software: registers and signs for whatever origin it is told."""

    def __init__(self) -> None:
        self.key, self.id = ec.generate_private_key(ec.SECP256R1()), b"key-of-a-test-16"

    def _public(self) -> bytes:
        point = self.key.public_key().public_numbers()
        return cbor.encode(
            {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        )

    def _client(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
        ).encode()

    def register(self, options: dict, origin: str, rp: str = "testserver") -> str:
        """What the browser posts after creating the key."""
        flags, counter = b"\x45", struct.pack(">I", 0)
        data = hashlib.sha256(rp.encode()).digest() + flags + counter
        data += b"\0" * 16 + struct.pack(">H", len(self.id)) + self.id + self._public()
        attested = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["publicKey"]["challenge"], origin)
        return json.dumps(
            {
                "id": b64(self.id),
                "rawId": b64(self.id),
                "type": "public-key",
                "clientExtensionResults": {},
                "response": {"clientDataJSON": b64(client), "attestationObject": b64(attested)},
            }
        )

    def sign(self, options: dict, origin: str, rp: str = "testserver") -> str:
        """What the browser posts after using the key."""
        data = hashlib.sha256(rp.encode()).digest() + b"\x05" + struct.pack(">I", 1)
        client = self._client("webauthn.get", options["publicKey"]["challenge"], origin)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return json.dumps(
            {
                "id": b64(self.id),
                "rawId": b64(self.id),
                "type": "public-key",
                "clientExtensionResults": {},
                "response": {
                    "clientDataJSON": b64(client),
                    "authenticatorData": b64(data),
                    "signature": b64(signed),
                    "userHandle": None,
                },
            }
        )

"""Sign and check what two programs say to each other: Ed25519 over exact bytes (docs/decisions/0249-handing-up.md).

The library is loaded only where something is signed: most programs hand up to nobody."""

import hashlib
import secrets

DOMAIN = b"zeroreport handup\n"  # before what is signed, so that a signature says nothing anywhere else


def new_key() -> str:
    """Return a new private key: 32 bytes in hex."""
    return secrets.token_hex(32)


def public(private: str) -> str:
    """Return the public key of a private one: 32 bytes in hex."""
    from Crypto.PublicKey import ECC

    raw = ECC.construct(curve="Ed25519", seed=bytes.fromhex(private)).public_key().export_key(format="raw")
    return bytes(raw).hex()


def sign(private: str, said: str) -> str:
    """Return the signature in hex."""
    from Crypto.PublicKey import ECC
    from Crypto.Signature import eddsa

    key = ECC.construct(curve="Ed25519", seed=bytes.fromhex(private))
    return eddsa.new(key, "rfc8032").sign(DOMAIN + said.encode()).hex()


def signed_by(public_key: str, said: str, signature: str) -> bool:
    """Say whether the owner of this key signed these words; False for whatever is no key and no signature."""
    from Crypto.Signature import eddsa

    try:
        key = eddsa.import_public_key(bytes.fromhex(public_key))
        eddsa.new(key, "rfc8032").verify(DOMAIN + said.encode(), bytes.fromhex(signature))
    except (ValueError, TypeError):
        return False
    return True


def is_key(words: str) -> bool:
    """Say whether these words are a public key that can be used."""
    from Crypto.Signature import eddsa

    try:
        eddsa.import_public_key(bytes.fromhex(words))
    except (ValueError, TypeError):
        return False
    return True


def fingerprint(public_key: str) -> str:
    """Return what people compare on the telephone: five groups of four letters and digits (80 bits)."""
    digits = hashlib.sha256(DOMAIN + bytes.fromhex(public_key)).hexdigest()[:20].upper()
    return "-".join(digits[at : at + 4] for at in range(0, 20, 4))


def hashed(secret: str) -> str:
    """Return how an invitation's secret is kept."""
    return hashlib.sha256(DOMAIN + b"secret " + secret.encode()).hexdigest()

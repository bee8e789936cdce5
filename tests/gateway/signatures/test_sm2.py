"""SM2 with SM3 gives the standard's own numbers, and OpenSSL takes and makes what we do."""

import shutil
from pathlib import Path

import gmssl_pyx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.signatures import sm2, sm2_keys
from tests.gateway.signatures.sm2_peer import openssl, sm2_key

# GM/T 0003.5-2012, annex A: the digital signature on the recommended curve.
SECRET = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
PUBLIC = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
Z = "B2E14C5C79C6DF5B85F4FE7ED8DB7A262B9DA7E07CCB0EA9F4747B8CCDA8A4F3"
E = "F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640"
SIGNATURE = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)
MESSAGE = b"message digest"

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl command")


def test_the_standard_s_numbers_come_out() -> None:
    assert sm2.z(PUBLIC).hex().upper() == Z
    assert sm2.digest(PUBLIC, MESSAGE).hex().upper() == E
    assert sm2.verify(PUBLIC, MESSAGE, SIGNATURE)


def test_what_we_sign_verifies_and_differs_each_time() -> None:
    first, second = (sm2.sign(SECRET, PUBLIC, MESSAGE) for _ in range(2))

    assert first != second
    assert sm2.verify(PUBLIC, MESSAGE, first)
    assert sm2.verify(PUBLIC, MESSAGE, second)
    assert not sm2.verify(PUBLIC, MESSAGE + b".", first)


def test_another_user_id_is_another_signer() -> None:
    signature = sm2.sign(SECRET, PUBLIC, MESSAGE, user_id=b"ALICE123@YAHOO.COM")

    assert sm2.verify(PUBLIC, MESSAGE, signature, user_id=b"ALICE123@YAHOO.COM")
    assert not sm2.verify(PUBLIC, MESSAGE, signature)


@pytest.mark.parametrize("part", [0, 32])
@pytest.mark.parametrize("value", ["00" * 32, f"{sm2._ORDER:064X}", "FF" * 32])
def test_r_and_s_outside_their_range_prove_nothing(part: int, value: str) -> None:
    forged = SIGNATURE[:part] + bytes.fromhex(value) + SIGNATURE[part + 32 :]
    assert not sm2.verify(PUBLIC, MESSAGE, forged)


@given(st.binary(max_size=80))
def test_any_bytes_are_no_signature(signature: bytes) -> None:
    assert not sm2.verify(PUBLIC, MESSAGE, signature)


@pytest.mark.parametrize("public", [b"", bytes(64), PUBLIC[:-1] + b"\x00", PUBLIC[:63]])
def test_a_point_off_the_curve_is_no_key(public: bytes) -> None:
    with pytest.raises(sm2.NotSm2):
        sm2.verify(public, MESSAGE, SIGNATURE)


@pytest.mark.parametrize("secret", [bytes(32), b"\xff" * 32, b"", SECRET[:31]])
def test_a_number_out_of_range_is_no_private_key(secret: bytes) -> None:
    with pytest.raises(sm2.NotSm2):
        sm2.sign(secret, PUBLIC, MESSAGE)


def test_private_and_public_must_be_a_pair() -> None:
    other = gmssl_pyx.sm2_key_generate()[0]
    with pytest.raises(sm2.NotSm2):
        sm2_keys.private(sm2_keys.write_private(SECRET, other))


@given(st.binary(max_size=300))
def test_any_bytes_are_no_pem_and_never_crash(pem: bytes) -> None:
    for read in (sm2_keys.public, sm2_keys.private):
        with pytest.raises(sm2.NotSm2):
            read(pem)


@needs_openssl
def test_openssl_takes_our_signature_and_our_key(tmp_path: Path) -> None:
    pem = sm2_key()
    secret, point = sm2_keys.private(pem)
    (tmp_path / "public.pem").write_bytes(sm2_keys.write_public(point))
    (tmp_path / "message").write_bytes(MESSAGE)
    (tmp_path / "signature").write_bytes(sm2.to_der(sm2.sign(secret, point, MESSAGE)))

    words = ("dgst", "-sm3", "-verify", "public.pem", "-sigopt", "distid:1234567812345678")
    done = openssl(*words, "-signature", "signature", "message", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    (tmp_path / "message").write_bytes(MESSAGE + b".")
    assert openssl(*words, "-signature", "signature", "message", folder=tmp_path).returncode != 0


@needs_openssl
def test_we_take_openssl_s_signature_and_key(tmp_path: Path) -> None:
    openssl("genpkey", "-algorithm", "SM2", "-out", "private.pem", folder=tmp_path)
    openssl("pkey", "-in", "private.pem", "-pubout", "-out", "public.pem", folder=tmp_path)
    (tmp_path / "message").write_bytes(MESSAGE)
    words = ("dgst", "-sm3", "-sign", "private.pem", "-sigopt", "distid:1234567812345678")
    assert openssl(*words, "-out", "signature", "message", folder=tmp_path).returncode == 0

    public = sm2_keys.public((tmp_path / "public.pem").read_bytes())
    signature = sm2.to_fixed((tmp_path / "signature").read_bytes())

    assert sm2_keys.private((tmp_path / "private.pem").read_bytes())[1] == public
    assert sm2.verify(public, MESSAGE, signature)
    assert not sm2.verify(public, MESSAGE + b".", signature)

"""A certificate that came inside a message is believed only by its chain, holder and purpose."""

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from gateway.channels.errors import AnswerForged, ChannelMisconfigured, NoticeForged
from gateway.channels.registry import adapter
from gateway.channels.unionpay.chain import NotTheirs, signer
from gateway.sandbox.unionpay_host import authority, wire
from gateway.sandbox.unionpay_host.switches import FORGED
from tests.gateway.channels.peer import NOW
from tests.gateway.channels.unionpay.peer import HOLDER, UnionPayPeer, forged, key_under, root

peer = UnionPayPeer()
unionpay = adapter("unionpay")
ROOTS = root("first").trusted_pem


def judged(key, *, roots_pem=ROOTS, options=None, now=NOW):
    return signer(wire.certificate_of(key), roots_pem=roots_pem, options=options or {}, now=now)


def test_a_genuine_certificate_gives_its_number_and_its_key():
    key = key_under("first")
    key_id, public = judged(key)
    private = serialization.load_pem_private_key(key.private_pem, None)
    assert key_id == key.key_id
    assert public.public_numbers() == private.public_key().public_numbers()


@pytest.mark.parametrize("how", FORGED)
def test_every_forged_certificate_is_refused_though_its_signature_is_right(how):
    with pytest.raises(NotTheirs):
        judged(forged(how))
    with pytest.raises(NoticeForged):
        unionpay.read_notice(peer.merchant(), *peer.payment_notice(key=forged(how)), now=NOW)
    with pytest.raises(AnswerForged):
        unionpay.read_payment(peer.merchant(), peer.payment_answer(key=forged(how)), now=NOW)


@pytest.mark.parametrize("hashed", ["-sha1", "-md5"])
def test_a_certificate_signed_over_a_weak_hash_is_refused(hashed, tmp_path):
    """UnionPay's own were once signed over SHA-1; whoever can forge that hash can forge them."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    pem = issued_by_openssl(tmp_path, hashed)
    with pytest.raises(NotTheirs):
        signer(pem, roots_pem=ROOTS, options={}, now=tomorrow)
    good = issued_by_openssl(tmp_path, "-sha256")
    assert signer(good, roots_pem=ROOTS, options={}, now=tomorrow)


def issued_by_openssl(place, hashed):
    """A certificate like the genuine one from the genuine intermediate, over that hash."""
    between = root("first").between
    genuine = x509.load_pem_x509_certificate(key_under("first").private_pem)
    (place / "ca.pem").write_bytes(between.certificate.public_bytes(serialization.Encoding.PEM))
    (place / "ca.key").write_bytes(authority._key_pem(between.key))
    (place / "leaf.key").write_bytes(key_under("first").private_pem)
    (place / "ext").write_text(
        "keyUsage=digitalSignature,nonRepudiation\nextendedKeyUsage=clientAuth\n"
        "authorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
    )
    common = genuine.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    asked = ["req", "-new", "-utf8", "-key", "leaf.key", "-subj", f"/C=CN/O=CFCA OCA1/CN={common}"]
    openssl(place, *asked, "-out", "leaf.csr")
    signing = ["x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", hashed]
    openssl(place, *signing, "-set_serial", "7", "-days", "30", "-extfile", "ext", "-out", "leaf")
    return (place / "leaf").read_text()


def openssl(place, *words):
    done = subprocess.run(
        ["openssl", *words], cwd=place, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_its_time_is_judged_at_the_moment_of_the_message():
    soon = authority.signing_key(root("first"), holder=HOLDER, until=timedelta(days=1))
    there = x509.load_pem_x509_certificate(soon.private_pem).not_valid_after_utc
    assert judged(soon, now=there - timedelta(seconds=1))
    with pytest.raises(NotTheirs):
        judged(soon, now=there + timedelta(seconds=1))
    with pytest.raises(NotTheirs):
        judged(key_under("first"), now=datetime(2000, 1, 1, tzinfo=UTC))


def test_holder_and_unit_are_the_accounts_own_data():
    other = authority.signing_key(root("first"), holder="沙箱银联", unit="Other RA")
    with pytest.raises(NotTheirs):
        judged(other)
    assert judged(other, options={"certificate_holder": "沙箱银联"})
    with pytest.raises(NotTheirs):
        judged(key_under("first"), options={"certificate_unit": "Other RA"})
    assert judged(key_under("first"), options={"certificate_unit": "Local RA OCA1"})
    number = key_under("first").key_id
    with pytest.raises(NotTheirs):
        judged(key_under("first"), options={"refused_certificates": f"12 {number}"})


def test_the_holders_name_in_another_place_of_cn_is_another_holder():
    key = authority.signing_key(root("first"), holder=f"x@{HOLDER}")
    with pytest.raises(NotTheirs):
        judged(key)


def test_without_the_intermediate_there_is_no_chain_and_without_a_root_no_account():
    whole = x509.load_pem_x509_certificates(ROOTS)
    only_root, only_between = (
        one.public_bytes(serialization.Encoding.PEM) for one in reversed(whole)
    )
    with pytest.raises(NotTheirs):
        judged(key_under("first"), roots_pem=only_root)
    for pem in (only_between, b"", b"not a certificate"):
        with pytest.raises(ChannelMisconfigured):
            judged(key_under("first"), roots_pem=pem)


@pytest.mark.parametrize("pem", ["", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_what_is_no_certificate_is_refused(pem):
    with pytest.raises(NotTheirs):
        signer(pem, roots_pem=ROOTS, options={}, now=NOW)


def test_two_certificates_at_once_are_refused():
    two = wire.certificate_of(key_under("first")) + "\n" + wire.certificate_of(forged("expired"))
    with pytest.raises(NotTheirs):
        signer(two, roots_pem=ROOTS, options={}, now=NOW)


def test_a_forger_who_brings_her_own_root_in_the_message_gains_nothing():
    merchant = replace(peer.merchant(key_under("second")))
    with pytest.raises(NoticeForged):
        unionpay.read_notice(merchant, *peer.payment_notice(key=key_under("first")), now=NOW)

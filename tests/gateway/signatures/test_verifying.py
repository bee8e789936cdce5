"""A signed request is taken whole or not at all, and every reason has its own name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from gateway.signatures import (
    Algorithm,
    Component,
    Message,
    Policy,
    SigningKey,
    Verified,
    Wish,
    content_digest,
    sign,
    verify,
)
from gateway.signatures import errors as refusals
from gateway.signatures.keys import check
from tests.gateway.signatures.sm2_peer import sm2_key

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
NONCE = "n-0123456789abcdef"
POLICY = Policy(wants_nonce=True, tag="load")


def pem(key) -> bytes:  # type: ignore[no-untyped-def]
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEYS = {
    Algorithm.ED25519: pem(ed25519.Ed25519PrivateKey.generate()),
    Algorithm.ECDSA_P256: pem(ec.generate_private_key(ec.SECP256R1())),
    Algorithm.RSA_PSS: pem(RSA),
    Algorithm.RSA_V1_5: pem(RSA),
    Algorithm.HMAC: b"s" * 32,
    Algorithm.SM2: sm2_key(),
}
SIGNING = {
    algorithm: SigningKey(key_id=f"key-{algorithm}", algorithm=algorithm, material=material)
    for algorithm, material in KEYS.items()
}
RING = {key.key_id: key.public for key in SIGNING.values()}
KEY = SIGNING[Algorithm.ED25519]
REQUEST = Message.to_url(
    "POST",
    "https://Gateway.example:443/api/v1/loads?a=1&b=%20x",
    headers={"Content-Type": "application/json"},
    body=b'{"amount_fen":100}',
)


def signed(message: Message = REQUEST, key: SigningKey = KEY, **wishes: object) -> Message:
    wish = Wish(**{"created": NOW, "nonce": NONCE, "tag": "load", **wishes})  # type: ignore[arg-type]
    return message.with_headers(**sign(message, key, wish))


def check_it(message: Message, policy: Policy = POLICY, now: datetime = NOW) -> Verified:
    return verify(message, key_of=RING.get, policy=policy, now=now)


def header(message: Message, name: str, value: str) -> Message:
    """The message with this field's lines replaced by one."""
    others = tuple(line for line in message.headers if line[0].lower() != name.lower())
    return replace(message, headers=(*others, (name, value)))


@pytest.mark.parametrize("algorithm", Algorithm)
def test_every_algorithm_signs_and_verifies(algorithm: Algorithm) -> None:
    verified = check_it(signed(key=SIGNING[algorithm]))

    assert verified.key.algorithm is algorithm
    assert verified.nonce == NONCE
    assert verified.base.startswith(b'"@method": POST\n"@authority": gateway.example\n')


@pytest.mark.parametrize("algorithm", Algorithm)
def test_another_key_of_the_same_algorithm_proves_nothing(algorithm: Algorithm) -> None:
    message = signed(key=SIGNING[algorithm])
    other = {
        Algorithm.ED25519: lambda: pem(ed25519.Ed25519PrivateKey.generate()),
        Algorithm.ECDSA_P256: lambda: pem(ec.generate_private_key(ec.SECP256R1())),
        Algorithm.RSA_PSS: lambda: pem(rsa.generate_private_key(65537, 2048)),
        Algorithm.RSA_V1_5: lambda: pem(rsa.generate_private_key(65537, 2048)),
        Algorithm.HMAC: lambda: b"t" * 32,
        Algorithm.SM2: sm2_key,
    }[algorithm]()
    ring = {
        f"key-{algorithm}": SigningKey(
            key_id=f"key-{algorithm}", algorithm=algorithm, material=other
        ).public
    }

    with pytest.raises(refusals.SignatureWrong):
        verify(message, key_of=ring.get, policy=POLICY, now=NOW)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        (lambda m: replace(m, method="PUT"), refusals.SignatureWrong),
        (lambda m: replace(m, path="/api/v1/loads/"), refusals.SignatureWrong),
        (lambda m: replace(m, query="a=1&b= x"), refusals.SignatureWrong),
        (lambda m: replace(m, query=None), refusals.SignatureWrong),
        (lambda m: replace(m, authority="elsewhere.example"), refusals.SignatureWrong),
        (lambda m: replace(m, body=b'{"amount_fen":900}'), refusals.DigestWrong),
        (
            lambda m: header(replace(m, body=b"{}"), "Content-Digest", content_digest(b"{}")),
            refusals.SignatureWrong,
        ),
        (lambda m: replace(m, headers=()), refusals.SignatureMissing),
    ],
)
def test_no_covered_part_can_change(changed, refusal) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(refusal):
        check_it(changed(signed()))


def test_the_algorithm_is_the_key_s_and_never_the_message_s() -> None:
    """B28: a public RSA or Ed25519 key used as an HMAC secret must not open the door."""
    public = RING[KEY.key_id].material
    forger = SigningKey(key_id=KEY.key_id, algorithm=Algorithm.HMAC, material=public)

    with pytest.raises(refusals.AlgorithmDiffers):
        check_it(signed(key=forger))
    with pytest.raises(refusals.SignatureWrong):
        check_it(signed(key=forger, says_algorithm=False))


def test_pss_is_not_taken_for_pkcs1() -> None:
    key = replace(SIGNING[Algorithm.RSA_V1_5], key_id="key-rsa-pss-sha512")
    with pytest.raises(refusals.SignatureWrong):
        check_it(signed(key=key, says_algorithm=False))


@pytest.mark.parametrize(
    ("late", "refusal"),
    [
        (timedelta(minutes=5, seconds=1), refusals.SignatureStale),
        (timedelta(seconds=-61), refusals.SignatureFromFuture),
    ],
)
def test_a_wrong_clock_is_told_by_how_much(late: timedelta, refusal: type) -> None:
    with pytest.raises(refusal) as refused:
        check_it(signed(), now=NOW + late)

    assert refused.value.facts["skew_seconds"] == late.total_seconds()  # type: ignore[attr-defined]


def test_a_small_skew_is_taken_and_told() -> None:
    assert check_it(signed(), now=NOW + timedelta(seconds=40)).skew == timedelta(seconds=40)
    assert check_it(signed(), now=NOW - timedelta(seconds=40)).skew == timedelta(seconds=-40)


def test_an_expired_signature_is_stale_even_within_the_window() -> None:
    message = signed(expires=NOW + timedelta(seconds=10))

    assert check_it(message, now=NOW + timedelta(seconds=10)).expires
    with pytest.raises(refusals.SignatureStale):
        check_it(message, now=NOW + timedelta(seconds=11))


@pytest.mark.parametrize(
    ("wishes", "policy", "refusal"),
    [
        ({"created": None}, POLICY, refusals.ParameterMissing),
        ({"nonce": ""}, POLICY, refusals.ParameterMissing),
        ({"nonce": "short"}, POLICY, refusals.ParameterMissing),
        ({}, replace(POLICY, wants_expires=True), refusals.ParameterMissing),
        ({"tag": "other"}, POLICY, refusals.SignatureMissing),
        ({}, replace(POLICY, label="bank"), refusals.SignatureMissing),
        ({"components": ("@method",)}, POLICY, refusals.ComponentNotCovered),
        (
            {},
            replace(POLICY, required=("idempotency-key",)),
            refusals.ComponentNotCovered,
        ),
    ],
)
def test_what_the_door_asks_for_must_be_there(wishes, policy, refusal) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(refusal):
        check_it(signed(**wishes), policy)


def test_a_body_must_be_covered() -> None:
    fields = sign(replace(REQUEST, body=b""), KEY, Wish(created=NOW, nonce=NONCE, tag="load"))
    with pytest.raises(refusals.ComponentNotCovered):
        check_it(REQUEST.with_headers(**fields))


def test_an_unknown_key_is_refused_before_anything_is_computed() -> None:
    with pytest.raises(refusals.SignatureKeyUnknown):
        verify(signed(), key_of=lambda key_id: None, policy=POLICY, now=NOW)


def test_a_field_given_twice_is_signed_as_both_together() -> None:
    twice = replace(REQUEST, headers=(*REQUEST.headers, ("X-Way", "a"), ("x-way", " b ")))
    message = signed(twice, components=("@method", "@authority", "@path", "@query", "x-way"))

    assert b'"x-way": a, b\n' in check_it(message).base
    with pytest.raises(refusals.SignatureWrong):
        check_it(header(message, "X-Way", "a"))


@pytest.mark.parametrize(
    "covered",
    [
        '("@method" "@method");created=1;keyid="k"',
        '("x-a";bs;key="b" "x-a";key="b";bs);created=1;keyid="k"',
        '("@signature-params");created=1;keyid="k"',
        '("X-A");created=1;keyid="k"',
        "(x-a);created=1",
        '("@method");created=1;created=2;keyid="k"',
        '("@method");created="1";keyid="k"',
        '("@method");created=1.0;keyid="k"',
        '("@method");created=-1;keyid="k"',
        '("@method");created=999999999999999;keyid="k"',
        '("@method");created=1;keyid=k',
        '"@method"',
        "?1",
        "(",
    ],
)
def test_fields_that_are_not_strict_are_unreadable(covered: str) -> None:
    message = replace(
        REQUEST, headers=(("Signature-Input", f"s={covered}"), ("Signature", "s=:AA==:"))
    )
    with pytest.raises(refusals.SignatureUnreadable):
        check_it(message, Policy())


@pytest.mark.parametrize(
    ("inputs", "signatures"),
    [
        ('s=("@method"), s=("@path")', "s=:AA==:"),
        ('s=("@method")', "s=:AA==:, s=:AQ==:"),
        ('s=("@method")', "t=:AA==:"),
        ('s=("@method"), t=("@path")', "s=:AA==:"),
        ('s=("@method")', 's="AA=="'),
        ('s=("@method")', "s=:AA:="),
    ],
)
def test_labels_stand_once_and_in_both_fields(inputs: str, signatures: str) -> None:
    message = replace(REQUEST, headers=(("Signature-Input", inputs), ("Signature", signatures)))
    with pytest.raises(refusals.SignatureUnreadable):
        check_it(message, Policy())


def test_two_signatures_are_told_apart_by_tag_and_never_guessed() -> None:
    both = signed(signed(), key=SIGNING[Algorithm.SM2], tag="other", label="sig2", nonce="m" * 16)

    assert check_it(both).key is RING[KEY.key_id] or check_it(both).key == RING[KEY.key_id]
    with pytest.raises(refusals.SignatureAmbiguous):
        check_it(both, replace(POLICY, tag=""))


def test_a_query_name_that_stands_twice_has_no_meaning() -> None:
    component = Component("@query-param", (("name", "a"),))
    message = replace(REQUEST, query="a=1&a=2")
    with pytest.raises(refusals.ComponentUnusable):
        signed(message, components=(component,))


@pytest.mark.parametrize("value", ["中", "a\nb", "a\rb", "a\x00"])
def test_a_value_that_is_not_one_plain_line_cannot_be_signed(value: str) -> None:
    message = header(REQUEST, "X-A", value)
    with pytest.raises(refusals.ComponentUnusable):
        signed(message, components=("x-a",))


@pytest.mark.parametrize(
    "digest",
    [
        "md5=:AAAA:",
        "sha-256=AAAA",
        f"{content_digest(b'other')}",
        f"{content_digest(REQUEST.body)}, sha-512=:AAAA:",
        "",
    ],
)
def test_a_digest_that_does_not_fit_is_refused(digest: str) -> None:
    message = header(REQUEST, "Content-Digest", digest)
    with pytest.raises(refusals.DigestWrong):
        check_it(signed(message))


def test_both_digests_are_taken() -> None:
    digests = f"{content_digest(REQUEST.body)}, {content_digest(REQUEST.body, 'sha-512')}"
    assert check_it(signed(header(REQUEST, "Content-Digest", digests)))


@pytest.mark.parametrize(
    ("algorithm", "material"),
    [
        (Algorithm.ED25519, KEYS[Algorithm.ECDSA_P256]),
        (Algorithm.RSA_PSS, KEYS[Algorithm.ED25519]),
        (Algorithm.ECDSA_P256, pem(ec.generate_private_key(ec.SECP384R1()))),
        (Algorithm.RSA_V1_5, pem(rsa.generate_private_key(65537, 1024))),
        (Algorithm.HMAC, b"short"),
        (Algorithm.SM2, KEYS[Algorithm.ECDSA_P256]),
        (Algorithm.ED25519, b"not PEM"),
        (Algorithm.SM2, b"\xff\x00"),
    ],
)
def test_a_key_is_of_its_algorithm_and_strong_enough(algorithm, material) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(refusals.SigningKeyUnusable):
        check(SigningKey(key_id="k", algorithm=algorithm, material=material))


def test_an_answer_can_be_bound_to_its_request() -> None:
    answer = Message(status=200, request=REQUEST, body=b"{}")
    method = Component("@method", (("req", True),))
    message = signed(answer, components=("@status", method))

    policy = replace(POLICY, required=("@status", method))
    assert check_it(message, policy)
    other = replace(message, request=replace(REQUEST, method="GET"))
    with pytest.raises(refusals.SignatureWrong):
        check_it(other, policy)


def test_no_key_and_no_secret_shows_in_a_repr() -> None:
    shown = repr(SIGNING) + repr(RING)
    assert "PRIVATE" not in shown
    assert "ssss" not in shown


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_in_the_fields_is_refused_and_never_crashes(inputs: str, signatures: str) -> None:
    message = replace(REQUEST, headers=(("Signature-Input", inputs), ("Signature", signatures)))
    with pytest.raises(refusals.SignatureRefused):
        check_it(message)


_PIECES = st.sampled_from(
    ['("@method")', "()", "sig1", "=", ";", "created", "1", '"k"', "keyid=", ":AA==:", ",", " ",
     "@5", '%"a"', "?1", "(", ")", "-1.5", '"x-a"', ";bs", ";sf", ";req", "99999999999999999"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=14), st.lists(_PIECES, max_size=6))
def test_pieces_of_fields_in_any_order_never_crash(inputs: list[str], made: list[str]) -> None:
    fields = (("Signature-Input", "".join(inputs)), ("Signature", "".join(made)), ("X-A", "1"))
    with pytest.raises(refusals.SignatureRefused):
        check_it(replace(REQUEST, headers=fields))

"""Key blocks as published open and are made again bit for bit; every other text is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nfc_topup.vault.custody import check_value
from nfc_topup.vault.errors import KeyBlockMismatch, KeyBlockWrong
from nfc_topup.vault.key_block_header import Demand, Header, build, split
from nfc_topup.vault.key_blocks import LETTER_OF, in_memory, unwrap, wrap

# TR-31:2018 A.7.2.2, A.7.3.2 and A.7.4, and blocks of a Thales payShield 10k and of others, as
# published with the tests of openemv/tr31 and knovichikhin/psec (versions B and D).
PUBLISHED = [
    line.split()
    for line in """
3des DD7515F2BFC17F85CE48F3CA25CB21F6 3F419E1CB7079442AA37474C2EFBF8B8 57C409
  B0080P0TE00E0000 94B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F534117 6EED7B727B8A248E
3des 1D22BF32387C600AD97F9B97A51311AC E8BC63E5479455E26577F715D587FE68 9A4212
  B0104B0TX12S0100KS1800604B120F9292800000
  BB68BE8680A400D9191AD4ECE45B6E6C0D21C4738A52190E 248719E24B433627
3des EFE0853B256B583D868F251CE99EA1D9 5DB50B454F8389ADCE573BE50861F2BF 5C9405
  B0080K0TN00N0000 1C414014375212C24995E405B5EE052CB92B67F455EA2680 F6751088F9F1C228
3des 89E88CF7931444F334BD7547FC3F380C F039121BEC83D26B169BDCD5B22AAF8F CB9DEA
  B0120P0TE12E0100KS1800604B120F9292800000
  E6E28F097CB0350B2EB2DF520947F779FA34D9759CEE7E0DEEACF8353DB778D4 7FA4EC20DA3A9754
3des AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCC CCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD -
  B0096M3TC00E0000
  C7C6FE86A5DE769C20DCA238C52341378B484D544A9764D43963C3B2824AE56C 2D07A565DD3AB342
aes-256 88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6
  3F419E1CB7079442AA37474C2EFBF8B8 08793E D0112P0AE00E0000
  B82679114F470F540165EDFBF7E250FCEA43F810D215F8D207E2E417C07156A2
  7E8E31DA05F7425509593D03A457DC34
aes-256 4141414141414141414141414141414141414141414141414141414141414141
  1FA1F7CEC798D91545DA8AE0C7796BD9 FF5087 D0112B0TN00N0000
  37DB9B046B7B0048785690759580ABC3B9842AB4BB7717B49E92528E575785D8
  123559376A2553B27BE94F054F4E971C
aes-256 4141414141414141414141414141414141414141414141414141414141414141
  BE19E6A07A760F10EF8E83A226B63AAD141F463FDDD4F47DB244B4023EC3CACC 0A00E3 D0144D0AN00N0000
  127862F945C2DED04530FAF7CDBC8B0BA10C7AA79BD5E0C2C5D6AC173BF588E4B19ACF1357178D50EA0AB193228E1395
  8304FC6149632DFDCADF3A5B3D57E814
""".replace("\n ", " ")
    .strip()
    .splitlines()
]
IDS = [line[4][:16] for line in PUBLISHED]
OURS = in_memory("3des", bytes.fromhex(PUBLISHED[0][1]))
OURS_AES = in_memory("aes-256", bytes.fromhex(PUBLISHED[5][1]))
GOOD = "".join(PUBLISHED[0][4:])
GOOD_AES = "".join(PUBLISHED[5][4:])
KEY = bytes.fromhex("112233445566778899AABBCCDDEEFF00")
HEAD = Header(version="B", usage="10", algorithm="T", mode="X", exportability="N")


@pytest.mark.parametrize("line", PUBLISHED, ids=IDS)
def test_a_published_block_opens_and_its_key_has_the_published_check_value(line):
    algorithm, kbpk, key, told, *block = line
    header, value = unwrap(in_memory(algorithm, bytes.fromhex(kbpk)), "".join(block))
    assert value == bytes.fromhex(key)
    if told == "-":
        return
    if header.algorithm == "T":
        assert check_value("3des", "ecb-zeros", value) == told
    else:
        assert check_value(f"aes-{len(value) * 8}", "cmac-zeros", value) == told


@pytest.mark.parametrize("line", PUBLISHED, ids=IDS)
def test_it_is_made_again_bit_for_bit_with_its_own_padding(line):
    """The padding is read back with the key, by asking for all that the block's length covers."""
    algorithm, kbpk, key, _, *block = line
    transport = in_memory(algorithm, bytes.fromhex(kbpk))
    text = "".join(block)
    header, value = unwrap(transport, text)
    pad = padding_of(transport, text, value)
    assert wrap(transport, header, bytes.fromhex(key), pad) == text


def padding_of(transport, text, key):
    """What follows the key in the clear part."""
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    from nfc_topup.vault.custody import cipher_of
    from nfc_topup.vault.key_blocks import _derived

    parts = split(text)
    encryption, _ = _derived(transport)
    decryptor = Cipher(cipher_of(transport.algorithm, encryption), modes.CBC(parts.mac)).decryptor()
    return (decryptor.update(parts.sealed) + decryptor.finalize())[2 + len(key) :]


def test_any_changed_character_is_refused():
    for text, transport in ((GOOD, OURS), (GOOD_AES, OURS_AES)):
        for at, letter in enumerate(text):
            for other in "0F":
                if letter != other:
                    with pytest.raises(KeyBlockWrong):
                        unwrap(transport, text[:at] + other + text[at + 1 :])


def test_any_cut_and_any_growth_is_refused():
    for cut in range(len(GOOD)):
        with pytest.raises(KeyBlockWrong):
            unwrap(OURS, GOOD[:cut])
        with pytest.raises(KeyBlockWrong):
            unwrap(OURS, GOOD[cut + 1 :])
    for more in ("0", "00", " ", "\n", "00" * 8, "é"):
        with pytest.raises(KeyBlockWrong):
            unwrap(OURS, GOOD + more)
    for older in ("A", "C", "E", "1"):
        with pytest.raises(KeyBlockWrong) as refused:
            unwrap(OURS, older + GOOD[1:])
        assert refused.value.facts["part"] == "version"
    with pytest.raises(KeyBlockWrong):
        unwrap(OURS_AES, GOOD)
    with pytest.raises(KeyBlockWrong):
        unwrap(in_memory("3des", KEY), GOOD)


@given(st.text(max_size=200) | st.text(alphabet="0123456789ABCDEFBDKSPT", max_size=200))
def test_any_text_is_refused_with_a_code_and_never_crashes(text):
    for transport in (OURS, OURS_AES):
        with pytest.raises(KeyBlockWrong) as refused:
            unwrap(transport, text)
        assert refused.value.code == "key_block_wrong"


@given(
    at=st.integers(0, 40),
    inserted=st.text(alphabet="0123456789ABCDEFGKSPX", max_size=24),
    dropped=st.integers(0, 12),
    optional=st.integers(0, 99),
)
def test_a_head_that_was_tampered_with_is_refused(at, inserted, dropped, optional):
    text = GOOD[:at] + inserted + GOOD[at + dropped :]
    text = f"B{len(text):04d}{text[5:12]}{optional:02d}{text[14:]}"
    if text != GOOD:
        with pytest.raises(KeyBlockWrong):
            unwrap(OURS, text)


@given(
    st.binary(min_size=16, max_size=16),
    st.lists(
        st.tuples(
            st.from_regex(r"[A-OQ-Z0-9][A-Z0-9]", fullmatch=True),
            st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
        ),
        max_size=5,
    ),
    st.sampled_from(["3des", "aes-256"]),
)
def test_what_is_wrapped_opens_again_with_its_head(key, optional, algorithm):
    transport = OURS if algorithm == "3des" else OURS_AES
    header = Header(
        version="B" if algorithm == "3des" else "D", usage="10", algorithm="T", mode="X",
        exportability="S", optional=tuple(optional),
    )  # fmt: skip
    text = wrap(transport, header, key)
    assert unwrap(transport, text) == (header, key)
    assert len(text) % (8 if algorithm == "3des" else 16) == 0
    assert text != wrap(transport, header, key)


def test_the_head_is_held_against_what_was_planned_after_the_mac():
    text = wrap(OURS, HEAD, KEY)
    good = Demand(usage="10", algorithm="T", modes=("X",), exportabilities=("N",))
    assert unwrap(OURS, text, good)[1] == KEY
    for part, words in {
        "usage": {"usage": "11"}, "algorithm": {"algorithm": "A"},
        "mode": {"modes": ("N", "E")}, "exportability": {"exportabilities": ("E", "S")},
    }.items():  # fmt: skip
        told = {"usage": "10", "algorithm": "T", "modes": ("X",), "exportabilities": ("N",)}
        with pytest.raises(KeyBlockMismatch) as refused:
            unwrap(OURS, text, Demand(**(told | words)))
        assert refused.value.facts["part"] == part
    with pytest.raises(KeyBlockWrong) as refused:
        unwrap(OURS, text[:-1] + ("0" if text[-1] != "0" else "1"), good)
    assert refused.value.facts["part"] == "mac"


def test_no_key_is_wrapped_under_a_weaker_one_or_said_to_be_what_it_is_not():
    with pytest.raises(KeyBlockWrong):
        wrap(OURS, HEAD, bytes(24))
    with pytest.raises(KeyBlockWrong):
        wrap(OURS_AES, HEAD, KEY)
    for length in (8, 15, 0):
        text = wrap(OURS, HEAD, KEY[:length], pad=bytes(30 - length))
        with pytest.raises(KeyBlockWrong) as refused:
            unwrap(OURS, text)
        assert refused.value.facts["part"] == "key"
    for wrong in ({"usage": "1"}, {"mode": ""}, {"optional": (("PB", "é"),)}, {"version": "C"}):
        told = {"version": "B", "usage": "10", "algorithm": "T", "mode": "X", "exportability": "N"}
        with pytest.raises(KeyBlockWrong):
            build(Header(**(told | wrong)), 24)
    assert set(LETTER_OF.values()) == {"T", "A"}

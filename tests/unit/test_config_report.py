from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kalshi_common.config_report import looks_secret, names_secret, read_document, shown, shown_path
from kalshi_common.errors import ConfigError
from kalshi_common.knobs import MACRO_SERIES, Knobs, catalogue

KEY_ID = "0af3c6de-9a0c-4b51-8d5e-0f7a7d1c9e2b"
PLANTED = [
    KEY_ID,
    "sk-proj-made0up1key2",
    "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----",
    "Ab3dEf6hIj9lMn2pQr5tUv8xYz1c",
    "5f2b1c0d9e8a7b6c5d4e3f2a1b0c9d8e",
]

TICKERS = "a list of up to 1000 upper-case series tickers, each once"


def problems(raw: bytes | str | object) -> tuple[str, ...]:
    text = raw if isinstance(raw, str) else raw.decode("latin-1") if isinstance(raw, bytes) else json.dumps(raw)
    with pytest.raises(ConfigError) as caught:
        read_document(raw if isinstance(raw, bytes) else text.encode("utf-8"), "f.json")
    return caught.value.problems


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "f.json:1:1 (line:column) is not JSON: Expecting value."),
        (b'{"collect": {\n  "scope" "all"}}', "f.json:2:11 (line:column) is not JSON: Expecting ':' delimiter."),
        (b"\xef\xbb\xbf{}", "f.json begins with a byte-order mark; save it as UTF-8 without one."),
        (b'{"a": "\xe9"}', "f.json is not UTF-8 (byte 7); save it as UTF-8."),
        (b"[]", "f.json holds an empty list; it must hold one JSON object of knobs."),
        (b"null", "f.json holds null; it must hold one JSON object of knobs."),
        (b'{"a": "\\ud800"}', r"f.json holds half of a surrogate pair (\ud800 to \udfff), which is no text."),
        (b"[" * 100_000, "f.json is nested too deeply; knobs need three levels."),
        (b'{"a": ' + b"9" * 5000 + b"}", "f.json holds a number of thousands of digits."),
    ],
)
def test_what_is_no_json_object_is_told_in_one_sentence(raw: bytes, sentence: str) -> None:
    assert problems(raw) == (sentence,)


@pytest.mark.parametrize("depth", [9, 300, 900, 1500])
def test_nesting_of_any_depth_is_refused(depth: int) -> None:
    found = problems(b'{"collect": ' + b"[" * depth + b"]" * depth + b"}")
    assert any("nested too deeply" in sentence for sentence in found)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"collect": {"scope": "weekly"}}', 'collect.scope is "weekly"; allowed is one of macro, series, all.'),
        ('{"exchange": {"max_retries": 9}}', "exchange.max_retries is 9; allowed is a whole number from 0 to 5."),
        ('{"exchange": {"max_retries": true}}', "exchange.max_retries is true; allowed is a whole number from 0 to 5."),
        ('{"exchange": {"timeout_s": "20"}}', 'exchange.timeout_s is "20"; allowed is a number from 1 to 120.'),
        ('{"cycle": 5}', "cycle is 5; allowed is an object of max_seconds, lock_timeout_s."),
        ('{"collect": {"scop": "all"}}', "collect.scop is not a knob; did you mean collect.scope?"),
        ('{"colect": {}}', "colect is not a knob; did you mean collect?"),
        ('{"data_dir": "/srv"}', "data_dir is not a knob; did you mean storage.data_dir?"),
        ('{"zzz": 1}', f"zzz is not a knob; known there: {', '.join(Knobs.model_fields)}."),
        ('{"cycle": {"max_seconds": NaN}}', "cycle.max_seconds is NaN or infinite, which JSON does not have."),
        ('{"cycle": {"max_seconds": -Infinity}}', "cycle.max_seconds is NaN or infinite, which JSON does not have."),
        ('{"cycle": {"lock_timeout_s": 1e999}}', "cycle.lock_timeout_s is NaN or infinite, which JSON does not have."),
        ('{"cycle": {}, "cycle": {}}', "cycle stands more than once in the same object; keep one."),
        (
            '{"collect": {"scope": "all", "scope": "all"}}',
            "collect.scope stands more than once in the same object; keep one.",
        ),
        (
            '{"collect": {"orderbook_series": ["KXFED", "kxcpi"]}}',
            f'collect.orderbook_series[1] is "kxcpi"; allowed is {TICKERS}.',
        ),
        (
            '{"collect": {"orderbook_series": ["KXFED", "KXFED"]}}',
            f'collect.orderbook_series has "KXFED" twice; allowed is {TICKERS}.',
        ),
        (
            '{"collect": {"macro": {"Fed rates": ["KXFED"]}}}',
            f'collect.macro."Fed rates" does not fit as a key; allowed is {catalogue()["collect.macro"].allowed}.',
        ),
    ],
)
def test_a_wrong_knob_is_named_with_what_was_found_and_what_is_allowed(text: str, sentence: str) -> None:
    assert problems(text) == (f"f.json: {sentence}",)


@pytest.mark.parametrize("secret", PLANTED)
def test_a_secret_in_the_file_is_named_by_its_place_and_never_shown(secret: str) -> None:
    found = problems({"exchange": {"base_url": secret}, "collect": {"macro": {"cpi": ["KXCPI", secret]}}})
    assert [sentence.partition(" is or looks like a secret")[0] for sentence in found] == [
        "f.json: exchange.base_url",
        "f.json: collect.macro.cpi[1]",
    ]
    assert all("environment" in sentence for sentence in found)
    assert secret not in str(found)


@pytest.mark.parametrize(
    "name",
    ["api_key", "apiKey", "API-KEY", "KALSHI_PRIVATE_KEY", "privateKeyPath", "secret", "clientSecret", "token",
     "password", "passphrase", "key", "signing_key", "key_id", "credentials"],
)  # fmt: skip
def test_a_key_that_names_a_secret_is_refused_whatever_it_holds(name: str) -> None:
    for value in ("hunter2", 12345, {"deeper": "hunter2"}, ["hunter2"]):
        found = problems({"exchange": {name: value}})
        assert [sentence.partition(" is or looks")[0] for sentence in found] == [f"f.json: exchange.{name}"]
        assert "hunter2" not in found[0]
        assert "12345" not in found[0]


def test_no_knob_series_or_everyday_path_is_taken_for_a_secret() -> None:
    assert not any(names_secret(knob.path.partition(".")[2]) for knob in catalogue().values())
    assert not any(looks_secret(ticker) for tickers in MACRO_SERIES.values() for ticker in tickers)
    for text in ["/var/lib/kalshi", "/srv/Kalshi-Production-Snapshots-2026", "http://simulator:8080/trade-api/v2"]:
        assert not looks_secret(text)


def test_a_value_that_could_be_a_secret_is_told_by_its_length_only() -> None:
    for text in [*PLANTED, "http://user:word@host/", "?token=abc", "x" * 20, "a b " * 30]:
        assert shown(text) == f"a text of {len(text)} characters (not shown)"
    assert shown(10**30) == "a number of 31 characters"


def test_a_path_is_shown_even_where_it_names_a_secret_but_not_where_it_is_one() -> None:
    assert shown_path("/run/secrets/kalshi_private_key") == "/run/secrets/kalshi_private_key"
    assert shown_path("a\nb") == '"a\\nb"'
    assert KEY_ID not in shown_path(KEY_ID)


def test_a_key_that_is_itself_a_secret_is_masked() -> None:
    for secret in PLANTED:
        assert secret not in str(problems({secret: 1, "collect": {secret: 1, "macro": {secret: ["KXCPI"]}}}))


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(PLANTED)
knob_names = st.sampled_from([*Knobs.model_fields, *(path.partition(".")[2] for path in catalogue()), "api_key", "cpi"])
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(knob_names | st.text() | st.sampled_from(PLANTED), inner),
    max_leaves=20,
)
section = st.dictionaries(knob_names, anything, max_size=4)
documents = st.dictionaries(st.sampled_from(list(Knobs.model_fields)) | st.text(), section | anything, max_size=4)


@given(documents)
@example({"collect": {"scope": "\ud800"}})
@example({"\ud800": 1, "collect": {"macro": {"\udfff": []}}})
@example({"collect": {"series": ["AKIA0123456789ABCDEF"] * 2}})
def test_any_object_is_either_valid_or_refused_without_showing_a_planted_secret(document: dict[str, object]) -> None:
    raw = json.dumps(document).encode()
    sentences = complaints(raw)
    if not sentences:
        assert not any(secret in raw.decode() for secret in PLANTED)
    for sentence in sentences:
        assert sentence.isprintable()
        assert sentence.endswith((".", "?"))
        assert not any(line in sentence for secret in PLANTED for line in secret.splitlines())


@given(st.binary() | st.text(alphabet='{}[]":,\\u0123dENaN- ').map(str.encode))
def test_any_bytes_are_either_valid_or_refused(raw: bytes) -> None:
    assert isinstance(complaints(raw), tuple)


def complaints(raw: bytes) -> tuple[str, ...]:
    try:
        Knobs.model_validate(read_document(raw, "f.json"))
    except ConfigError as error:
        return error.problems
    return ()

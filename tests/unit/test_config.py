from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kalshi_common.config import VARIABLES, Settings, load_settings, masked
from kalshi_common.errors import ConfigError, ExitCode
from kalshi_common.knobs import API_URLS, Knobs, catalogue

MADE_UP_PEM = "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----"


def problems(path: Path | None = None, /, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_settings(path, environ)
    assert caught.value.exit_code is ExitCode.USAGE
    return list(caught.value.problems)


@pytest.fixture
def knobs_json(tmp_path: Path) -> Path:
    path = tmp_path / "knobs.json"
    path.write_text(json.dumps({"storage": {"data_dir": "/srv/file"}, "collect": {"scope": "all"}}))
    return path


def test_without_a_file_and_variables_the_defaults_hold() -> None:
    settings = load_settings(environ={"PATH": "/bin", "OPENAI_ORG_ID": "not ours"})
    assert {name: getattr(settings, name) for name in Knobs.model_fields} == dict(Knobs())
    assert (settings.log_level, settings.log_format, settings.config_path) == ("INFO", "json", None)


def test_the_real_environment_is_read_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KALSHI_DATA_DIR", "/srv/real")
    assert load_settings().storage.data_dir == Path("/srv/real")


def test_the_file_comes_from_the_variable_unless_a_path_is_given(knobs_json: Path, tmp_path: Path) -> None:
    assert load_settings(environ={"KALSHI_CONFIG": str(knobs_json)}).collect.scope == "all"
    other = tmp_path / "other.json"
    other.write_text("{}")
    settings = load_settings(other, {"KALSHI_CONFIG": str(knobs_json)})
    assert (settings.collect.scope, settings.config_path) == ("macro", other)


def test_a_variable_goes_before_the_file_and_the_rest_of_the_file_stays(knobs_json: Path) -> None:
    url = "http://127.0.0.1:8080/trade-api/v2"
    settings = load_settings(knobs_json, {"KALSHI_DATA_DIR": "/srv/variable", "KALSHI_API_BASE_URL": url})
    assert settings.storage.data_dir == Path("/srv/variable")
    assert settings.exchange.url == url
    assert settings.collect.scope == "all"


def test_an_empty_variable_counts_as_unset(knobs_json: Path) -> None:
    environ = dict.fromkeys(["KALSHI_CONFIG", "KALSHI_DATA_DIR", "KALSHI_API_KEY", "KALSHI_TYPO"], "")
    assert load_settings(knobs_json, environ).storage.data_dir == Path("/srv/file")


def test_the_log_level_of_the_command_line_goes_before_the_variable() -> None:
    environ = {"KALSHI_LOG_LEVEL": "ERROR", "KALSHI_LOG_FORMAT": "text"}
    assert load_settings(environ=environ).log_level == "ERROR"
    settings = load_settings(environ=environ, log_level="DEBUG")
    assert (settings.log_level, settings.log_format) == ("DEBUG", "text")
    with pytest.raises(ConfigError, match=r"^--log-level is "):
        load_settings(environ={}, log_level="LOUD")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("KALSHI_DATA_DIR", "data", 'KALSHI_DATA_DIR is "data"; allowed is an absolute path.'),
        (
            "KALSHI_API_BASE_URL",
            "https://example.com/",
            'KALSHI_API_BASE_URL is "https://example.com/"; allowed is '
            + catalogue()["exchange.base_url"].allowed
            + ".",
        ),
        ("KALSHI_LOG_LEVEL", "loud", 'KALSHI_LOG_LEVEL is "loud"; allowed is one of DEBUG, INFO, WARNING, ERROR.'),
        ("KALSHI_LOG_FORMAT", "xml", 'KALSHI_LOG_FORMAT is "xml"; allowed is one of json, text.'),
        (
            "KALSHI_LOGLEVEL",
            "INFO",
            "KALSHI_LOGLEVEL is not a variable of this program; did you mean KALSHI_LOG_LEVEL?",
        ),
    ],
)
def test_a_wrong_variable_is_named_with_what_is_allowed(name: str, text: str, sentence: str) -> None:
    assert problems(**{name: text}) == [sentence]


def test_a_variable_only_compose_reads_is_let_pass() -> None:
    assert load_settings(environ={"KALSHI_VERSION": "1.2.3", "KALSHI_SECRETS_DIR": "/x"}).sources == {}


def test_everything_wrong_is_reported_at_once(tmp_path: Path) -> None:
    path = tmp_path / "knobs.json"
    path.write_text(
        '{"exchange": {"max_retries": 9, "timeout": 1}, "cycle": 5, "api_key": "x", "collect": {"scope": 1}}'
    )
    found = problems(path, KALSHI_LOG_LEVEL="loud", KALSHI_TYPO="x", KALSHI_DATA_DIR="data", KALSHI_API_KEY="id")
    for place in [
        "exchange.max_retries", "exchange.timeout ", "cycle ", "api_key", "collect.scope",
        "KALSHI_LOG_LEVEL", "KALSHI_TYPO", "KALSHI_DATA_DIR", "KALSHI_API_KEY",
    ]:  # fmt: skip
        assert sum(sentence.removeprefix(f"{path}: ").startswith(place) for sentence in found) == 1
    assert len(found) == 9


def test_a_wrong_file_value_is_reported_even_where_a_variable_covers_it(tmp_path: Path) -> None:
    path = tmp_path / "knobs.json"
    path.write_text('{"storage": {"data_dir": 5}}')
    assert problems(path, KALSHI_DATA_DIR="/srv") == [f"{path}: storage.data_dir is 5; allowed is an absolute path."]


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    missing = tmp_path / "missing.json"
    assert problems(missing)[0].startswith(f"{missing} cannot be read (No such file or directory)")
    assert problems(KALSHI_CONFIG=str(tmp_path))[0].startswith(f"{tmp_path} cannot be read (Is a directory)")
    assert "is no path" in problems(Path("/a\0b"))[0]


def test_a_file_too_large_for_knobs_is_refused_unread() -> None:
    assert problems(Path("/dev/zero")) == ["/dev/zero is larger than 1 MiB, which no file of knobs is."]


def test_what_is_in_effect_is_listed_with_where_it_came_from(knobs_json: Path) -> None:
    environ = {
        "KALSHI_API_KEY": "made-up-id", "KALSHI_PRIVATE_KEY": MADE_UP_PEM,
        "KALSHI_DATA_DIR": "/srv/variable", "KALSHI_LOG_FORMAT": "text", "KALSHI_VERSION": "1",
    }  # fmt: skip
    rows = masked(load_settings(knobs_json, environ, log_level="DEBUG"))
    assert rows["storage.data_dir"] == {"value": "/srv/variable", "source": "environment"}
    assert rows["collect.scope"] == {"value": "all", "source": "file"}
    assert rows["exchange.base_url"] == {"value": API_URLS["prod"], "source": "default"}
    assert rows["log_level"] == {"value": "DEBUG", "source": "command line"}
    assert rows["log_format"] == {"value": "text", "source": "environment"}
    assert rows["config_path"] == {"value": str(knobs_json), "source": "command line"}
    assert rows["kalshi_api_key"] == {"value": "***", "source": "environment"}
    assert "made-up-id" not in json.dumps(rows)
    assert "bm90IGEga2V5" not in json.dumps(rows)


def test_unset_secrets_are_listed_as_none() -> None:
    assert masked(Settings())["kalshi_private_key"] == {"value": None, "source": "default"}


def test_settings_never_show_a_secret(knobs_json: Path) -> None:
    settings = load_settings(knobs_json, {"KALSHI_API_KEY": "made-up-id", "KALSHI_PRIVATE_KEY": MADE_UP_PEM})
    assert "made-up-id" not in repr(settings)
    assert "bm90IGEga2V5" not in repr(settings)


PLANTED = ["0af3c6de-9a0c-4b51-8d5e-0f7a7d1c9e2b", "sk-proj-made0up1key2", "Ab3dEf6hIj9lMn2pQr5tUv8xYz1c", MADE_UP_PEM]


@given(
    st.dictionaries(
        st.sampled_from([*VARIABLES, "KALSHI_TYPO"]),
        st.text() | st.sampled_from([*PLANTED, "/nowhere", "INFO", "json"]),
    )
)
@example({"KALSHI_DATA_DIR": "\udcff", "KALSHI_API_BASE_URL": "\udcff", "KALSHI_CONFIG": "\udcff"})
def test_any_environment_is_either_valid_or_refused_without_showing_a_secret(environ: dict[str, str]) -> None:
    try:
        shown = repr(load_settings(environ=environ))
    except ConfigError as error:
        shown = str(error)
    assert not any(line in shown for secret in PLANTED for line in secret.splitlines())

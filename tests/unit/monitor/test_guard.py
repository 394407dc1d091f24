"""Which names the server answers to."""

from __future__ import annotations

import pytest

from monitor.guard import is_own_name


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8080", "localhost", "LOCALHOST:8080", "localhost.", "[::1]:8080", "[::1]", "monitor:8080",
     "192.168.1.9:8080", "10.0.0.2"],
)  # fmt: skip
def test_addresses_and_names_that_no_public_domain_can_have_are_its_own(host: str) -> None:
    assert is_own_name(host, ())


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "", ":8080",
     "[evil.example]", "[", "1.2.3.4.5", "::1", "a b.c"],
)  # fmt: skip
def test_a_public_name_is_not_even_if_it_points_here(host: str) -> None:
    assert not is_own_name(host, ())


@pytest.mark.parametrize("host", ["Stats.Example.org", "stats.example.org:443", "stats.example.org."])
def test_a_name_that_was_allowed_is_its_own_in_any_spelling(host: str) -> None:
    assert is_own_name(host, {"stats.example.org"})
    assert not is_own_name("other.example.org", {"stats.example.org"})

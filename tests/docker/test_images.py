"""What is in an image, and what must not be."""

from __future__ import annotations

import re
import tarfile
import tempfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from support.docker_stack import DockerStack

_INSTALLERS = re.compile(r"(^|/)(pip[0-9.]*|ensurepip|uv)(/|$)|(^|/)pip-[^/]*\.(whl|dist-info)")
_COMPILERS = re.compile(r"(^|/)bin/([a-z0-9_]+-linux-gnu-)?(gcc|g\+\+|cc|c\+\+|clang|rustc|go|ld|make)([-0-9.]*)$")
_DEVELOPMENT = re.compile(r"(^|/)(pytest|_pytest|mypy|ruff|hypothesis|docker|tests?/conftest\.py)(/|$)")


@pytest.fixture(scope="session")
def files(running_stack: DockerStack) -> dict[str, dict[str, tarfile.TarInfo]]:
    """Every path of each image, without a leading slash."""
    return {
        service: _paths(running_stack, image)
        for service, image in {
            "collector": running_stack.collector_image,
            "simulator": running_stack.simulator_image,
        }.items()
    }


def _paths(stack: DockerStack, image: str) -> dict[str, tarfile.TarInfo]:
    container = stack.client.containers.create(image, labels={"com.docker.compose.project": stack.project})
    with tempfile.TemporaryFile() as archive:
        chunks: Any = container.export()  # types-docker says text; it is bytes
        archive.writelines(chunks)
        archive.seek(0)
        with tarfile.open(fileobj=archive) as tar:
            found = {str(PurePosixPath(member.name)): member for member in tar}
    container.remove()
    return found


@pytest.mark.parametrize(
    ("service", "parts"),
    [("collector", {"collector", "kalshi_common", "config"}), ("simulator", {"simulator"})],
)
def test_an_image_holds_the_code_of_its_own_service_only(
    files: dict[str, dict[str, tarfile.TarInfo]], service: str, parts: set[str]
) -> None:
    assert {path.split("/")[1] for path in files[service] if path.startswith("app/")} == parts


@pytest.mark.parametrize("service", ["collector", "simulator"])
@pytest.mark.parametrize("unwanted", [_INSTALLERS, _COMPILERS, _DEVELOPMENT], ids=["pip", "compiler", "tests"])
def test_an_image_holds_nothing_to_install_compile_or_test_with(
    files: dict[str, dict[str, tarfile.TarInfo]], service: str, unwanted: re.Pattern[str]
) -> None:
    assert [path for path in files[service] if unwanted.search(path)] == []


def test_the_search_for_installers_and_compilers_would_find_them() -> None:
    for path in ("usr/local/bin/pip3.13", "usr/lib/python3.13/ensurepip/__init__.py", "x/site-packages/pip/__main__.py",
                 "usr/share/python-wheels/pip-25.1-py3-none-any.whl"):  # fmt: skip
        assert _INSTALLERS.search(path)
    for path in ("usr/bin/gcc", "usr/bin/x86_64-linux-gnu-gcc-14", "usr/bin/make"):
        assert _COMPILERS.search(path)


@pytest.mark.parametrize("service", ["collector", "simulator"])
def test_every_module_is_compiled_when_the_image_is_built(
    files: dict[str, dict[str, tarfile.TarInfo]], service: str
) -> None:
    sources = [PurePosixPath(path) for path in files[service] if path.startswith("app/") and path.endswith(".py")]
    compiled = {path for path in files[service] if path.endswith(".cpython-313.pyc")}

    assert sources
    assert [
        source for source in sources if f"{source.parent}/__pycache__/{source.stem}.cpython-313.pyc" not in compiled
    ] == []


def test_an_image_runs_as_a_numbered_user_that_owns_the_data_directory_and_nothing_else(
    running_stack: DockerStack, files: dict[str, dict[str, tarfile.TarInfo]]
) -> None:
    image = running_stack.client.images.get(running_stack.collector_image)
    owned = [path for path, member in files["collector"].items() if member.uid == 10001]

    assert image.attrs["Config"]["User"] == "10001:10001"
    assert owned == ["var/lib/kalshi"]
    assert files["collector"]["var/lib/kalshi"].mode & 0o777 == 0o750


def test_an_image_tells_its_name_version_and_size(
    running_stack: DockerStack, capsys: pytest.CaptureFixture[str]
) -> None:
    for service, tag in {
        "collector": running_stack.collector_image,
        "simulator": running_stack.simulator_image,
    }.items():
        image = running_stack.client.images.get(tag)

        assert image.labels["org.opencontainers.image.title"] == f"kalshi-{service}"
        assert image.labels["org.opencontainers.image.version"] == running_stack.version
        with capsys.disabled():
            print(f"\nimage kalshi-{service}: {image.attrs['Size'] / 1e6:.0f} MB")

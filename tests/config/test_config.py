"""A typo in the settings is told with its place and its cure; nothing is silently ignored."""

from __future__ import annotations

import contextlib
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd import config
from agentd.config import Settings
from agentd.errors import ConfigError
from agentd.toml_file import line_of

SHIPPED = Path(__file__).parents[2] / "config.toml"


def load(tmp_path: Path, text: str, **environ: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return config.load(path, environ)


def test_the_shipped_file_says_every_key_and_its_real_default() -> None:
    shipped = tomllib.loads(SHIPPED.read_text())
    assert config.load(SHIPPED, {}) == Settings()
    defaults = Settings().model_dump(mode="json")
    del defaults["discovery"]["pins"]  # shown as a comment, because a pin needs a port
    del defaults["brain"]["upstreams"]  # likewise: an upstream needs an address
    del defaults["words"]["examples"]  # likewise: an example needs something to say
    assert _shape(shipped) == _shape(defaults)


def _shape(tree: dict[str, object]) -> dict[str, object]:
    return {key: _shape(each) if isinstance(each, dict) else 0 for key, each in tree.items()}


def test_every_shipped_key_has_a_comment_above_its_group() -> None:
    lines = SHIPPED.read_text().splitlines()
    for table in ("[http]", "[mqtt]", "[safety]", "[store]"):
        assert (
            lines[lines.index(table) + 1].startswith("#")
            or "enabled" in lines[lines.index(table) + 2]
        )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[http]\nprot = 8000\n", 'config.toml:2: unknown key "http.prot"; did you mean "port"?'),
        ("[htpp]\nport = 1\n", 'config.toml:1: unknown key "htpp"; did you mean "http"?'),
        ("[http]\nhost = 'x'\nport = 70000\n", "config.toml:3"),
        ("[http]\nport = 70000\n", "less than or equal to 65535"),
        ("[http]\nport = 'many'\n", "'many'"),
        ("[daemon]\nlog_level = 'loud'\n", "'debug', 'info', 'warning' or 'error'"),
        ("[brain]\norder = ['offline', 'oracle']\n", "config.toml:2"),
        ("[safety]\nmax_motion_s = nan\n", "finite"),
        ("[http]\nport = \n", "config.toml:2: not valid TOML"),
        ("[[discovery.pins]]\npath = '/dev/x'\n", "device"),
        (
            "[[discovery.pins]]\npath='/a'\ndevice='b'\n[[discovery.pins]]\npath='/c'\n"
            "device='d'\nnmae='e'\n",
            'config.toml:7: unknown key "discovery.pins.1.nmae"; did you mean "name"?',
        ),
    ],
)
def test_a_mistake_names_file_line_and_cure(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(tmp_path, text)
    assert told in str(error.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(tmp_path / "none.toml", {})


def test_the_environment_overrides_a_key_and_hides_secrets(tmp_path: Path) -> None:
    settings = load(
        tmp_path, "[http]\nport = 1\n", AGENTD_HTTP_PORT="9", AGENTD_MQTT_PASSWORD="hunter2"
    )
    assert settings.http.port == 9
    assert settings.mqtt.password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings)


UPSTREAMS = """
[[brain.upstreams]]
name = "home"
base_url = "http://127.0.0.1:1/v1"
[[brain.upstreams]]
name = "my-cloud"
base_url = "https://example.org/v1"
"""


def test_an_upstreams_secret_comes_from_a_variable_with_its_name(tmp_path: Path) -> None:
    settings = load(tmp_path, UPSTREAMS, AGENTD_BRAIN_UPSTREAMS_MY_CLOUD_API_KEY="hunter2")
    home, cloud = settings.brain.upstreams
    assert (home.name, cloud.name) == ("home", "my-cloud")
    assert not home.api_key.get_secret_value()
    assert cloud.api_key.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings)
    with pytest.raises(ConfigError) as wrong:
        load(tmp_path, UPSTREAMS, AGENTD_BRAIN_UPSTREAMS_HOME_API_KEYS="x")
    assert "did you mean AGENTD_BRAIN_UPSTREAMS_HOME_API_KEY?" in wrong.value.line()
    with pytest.raises(ConfigError, match="AGENTD_BRAIN_UPSTREAMS_HOME_TIMEOUT_S"):
        load(tmp_path, UPSTREAMS, AGENTD_BRAIN_UPSTREAMS_HOME_TIMEOUT_S="-1")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[brain.upstream]\nbase_url = 'http://x/v1'\n", 'did you mean "upstreams"'),
        (UPSTREAMS.replace("my-cloud", "home"), "names differ"),
        (UPSTREAMS.replace("https://example.org/v1", "example.org"), "my-cloud|base_url"),
        (UPSTREAMS.replace('name = "home"\n', ""), 'name" is missing'),
    ],
)
def test_a_wrong_upstream_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load(tmp_path, text)


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"AGENTD_HTTP_PROT": "1"}, "did you mean AGENTD_HTTP_PORT?"),
        ({"AGENTD_HTTP_PORT": "x"}, "AGENTD_HTTP_PORT"),
    ],
)
def test_a_wrong_variable_is_an_error_that_names_it(
    tmp_path: Path, environ: dict[str, str], told: str
) -> None:
    with pytest.raises(ConfigError) as error:
        load(tmp_path, "", **environ)
    assert told in error.value.line()


def test_the_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().http.port = 1  # type: ignore[misc]


def test_a_plain_value_where_a_table_belongs_is_told_also_with_a_variable_set() -> None:
    with pytest.raises(ConfigError, match="http"):
        config.parse("http = 3", "t", {"AGENTD_HTTP_PORT": "1"})


@given(st.text())
def test_any_text_is_settings_or_a_config_error(text: str) -> None:
    with contextlib.suppress(ConfigError):
        config.parse(text, "t", {})


NESTED = """[[robots]]
id = "a"
[[robots.arms]]
id = "a1"
[robots.arms.limits]
deg = 1
[[robots]]
id = "b"
[[robots.arms]]
id = "b1"
[[robots.arms]]
id = "b2"
[words]
"my telly" = "TV"
ports = [1, 2]
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("robots", 0, "id"), 2),
        (("robots", 0, "arms", 0, "id"), 4),
        (("robots", 0, "arms", 0, "limits", "deg"), 6),
        (("robots", 1), 7),
        (("robots", 1, "arms", 0, "id"), 10),
        (("robots", 1, "arms", 1, "id"), 12),
        (("robots", 1, "arms", 1, "missing"), 11),
        (("words", "my telly"), 14),
        (("words", "ports", 1), 15),
        ((), 1),
    ],
)
def test_a_place_in_lists_of_tables_is_found_again(place: tuple[int | str, ...], line: int) -> None:
    assert line_of(NESTED, place) == line

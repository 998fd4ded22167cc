"""A password written out in a study's file is refused with its key and the remedy, and not repeated."""

from collections.abc import Callable

import pytest

from roi_pipeline.domain.errors import Problem

Change = Callable[[str, str, str], None]
Problems = Callable[[], tuple[Problem, ...]]
CALLS, CLINICS, STUDY = "sources/telephony__calls.toml", "sources/erp__clinics.toml", "study.toml"
URL = "postgresql://${ERP_USER}@127.0.0.1/erp"
PLANTED = "pl4ntedW0rd"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://${{ERP_USER}}:{PLANTED}@127.0.0.1/erp",
        f"postgresql://roi:{PLANTED}@127.0.0.1/erp",
        f"postgresql://127.0.0.1/erp?user=roi&password={PLANTED}",
        f"postgresql://127.0.0.1/erp?sslmode=require&sslpassword={PLANTED}",
        f"mssql+pyodbc:///?odbc_connect=SERVER%3Derp%3BUID%3Droi%3BPWD%3D{PLANTED}",
        f"snowflake://roi@erp?access_token={PLANTED}",
    ],
)
def test_a_password_in_an_address_is_refused(change: Change, problems: Problems, url: str) -> None:
    change(CLINICS, URL, url)
    (problem,) = problems()
    assert (problem.file, problem.key) == (CLINICS, "location.url")
    assert "write ${NAME} here" in problem.remedy
    assert PLANTED not in str(problem)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://${ERP_USER}:${ERP_USER}@127.0.0.1/erp",
        "postgresql://roi@127.0.0.1/erp?user=roi&passfile=/etc/roi/pgpass&sslkey=/etc/roi/key.pem",
        "postgresql://127.0.0.1/erp?password=${ERP_USER}",
        "sqlite:///erp.sqlite",
    ],
)
def test_names_of_variables_files_and_users_are_no_passwords(
    change: Change, problems: Problems, url: str
) -> None:
    change(CLINICS, URL, url)
    assert problems() == ()


@pytest.mark.parametrize("option", ["secret_access_key", "session_token"])
def test_a_key_of_a_bucket_is_refused(change: Change, problems: Problems, option: str) -> None:
    options = f'[location.options]\nregion = "eu-central-1"\naccess_key_id = "AKIA1"\n{option} = '
    change(CALLS, "[key]", f'{options}"{PLANTED}"\n\n[key]')
    (problem,) = problems()
    assert (problem.file, problem.key) == (CALLS, f"location.options.{option}")
    assert PLANTED not in str(problem)
    change(CALLS, f'"{PLANTED}"', '"${ERP_USER}"')
    assert problems() == ()


@pytest.mark.parametrize(
    "lines",
    [
        f'smtp_password = "{PLANTED}"',
        f'smtp = {{ host = "mail", password = "{PLANTED}" }}',
        f'channels = [{{ hook = "https://chat/{PLANTED}" }}]',
        f'webhook = "https://chat/{PLANTED}"',
        f'feishu_token = "{PLANTED}"',
    ],
)
def test_mail_and_chat_are_no_settings_of_a_study(
    change: Change, problems: Problems, lines: str
) -> None:
    change(STUDY, "headcount = 86", f"headcount = 86\n{lines}")
    (problem,) = problems()
    assert problem.file == STUDY
    assert "ROI_SMTP_" in problem.remedy
    assert "ROI_CHANNELS" in problem.remedy
    assert PLANTED not in str(problem)

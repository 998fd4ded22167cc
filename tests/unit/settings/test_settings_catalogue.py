"""What ships with the product is read without a problem and says what the documents say."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from roi_pipeline.domain.contracts import FileLocation
from roi_pipeline.domain.errors import StudyHasProblems
from roi_pipeline.domain.money import CostCategory
from roi_pipeline.domain.standards import Standard
from roi_pipeline.resources import shipped_folder
from roi_pipeline.settings import read_catalogue, read_standard_contracts
from roi_pipeline.settings.catalogue import in_order, parse_catalogue


@pytest.fixture(scope="module")
def default() -> Standard:
    (standard,) = in_order(parse_catalogue(None).standards)
    return standard


def test_the_shipped_metrics_are_read_without_a_problem() -> None:
    files = {path.stem for path in (shipped_folder("catalogue") / "metrics").glob("*.toml")}
    assert set(read_catalogue()) == files


def test_the_shipped_contracts_are_read_without_a_problem() -> None:
    files = {path.stem for path in (shipped_folder("catalogue") / "contracts").glob("*.toml")}
    assert files
    assert {contract.table for contract in read_standard_contracts()} == files


def test_a_standard_contract_need_not_say_where_the_export_lies(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts/erp__orders.toml").write_text(
        'system = "erp"\nentity = "orders"\n[[column]]\nname = "order_id_erp"\ntype = "text"\n',
        encoding="utf-8",
    )
    (contract,) = read_standard_contracts(tmp_path)
    assert contract.location == FileLocation("exports/erp/orders*.csv", "csv")
    assert contract.file == "catalogue/contracts/erp__orders.toml"


def test_a_catalogue_with_a_mistake_is_refused(catalogue: Path) -> None:
    path = catalogue / "metrics/visit_rate.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"up"', '"upwards"'), encoding="utf-8")
    with pytest.raises(StudyHasProblems, match=r"catalogue/metrics/visit_rate\.toml"):
        read_catalogue(catalogue)


@pytest.mark.parametrize(
    ("headcount", "tier"),
    [(0, "startup"), (10, "startup"), (11, "sme"), (100, "sme"), (101, "large"), (9999, "large")],
)
def test_the_tier_follows_from_the_headcount(default: Standard, headcount: int, tier: str) -> None:
    assert default.tier_for(headcount).name == tier


@pytest.mark.parametrize(
    ("headcount", "minimum", "rating", "grade"),
    [(5, 1, 2, "D"), (50, 3, 6, "C"), (500, 12, 12, "C")],
)
def test_each_tier_has_its_windows_and_its_evidence_gate(
    default: Standard, headcount: int, minimum: int, rating: int, grade: str
) -> None:
    tier = default.tier_for(headcount)
    assert (tier.minimum_months, tier.rating_months, tier.lowest_grade) == (minimum, rating, grade)


@pytest.mark.parametrize(
    ("headcount", "bands"),
    [
        (5, [("meets", "0", "continue"), ("adjust", None, "change")]),
        (
            50,
            [
                ("excellent", "1.5", "continue"),
                ("qualified", "1", "optimise"),
                ("adjust", None, "change"),
            ],
        ),
        (
            500,
            [
                ("excellent", "2", "continue"),
                ("acceptable", "0", "continue"),
                ("review", None, "change"),
            ],
        ),
    ],
)
def test_each_tier_has_its_bands(
    default: Standard, headcount: int, bands: list[tuple[str, str | None, str]]
) -> None:
    expected = [(grade, Decimal(roi) if roi else None, action) for grade, roi, action in bands]
    found = [(band.grade, band.from_roi, band.action) for band in default.tier_for(headcount).bands]
    assert found == expected


def test_the_default_is_dated_and_asks_for_a_probability(default: Standard) -> None:
    assert default.valid_from == date(2020, 1, 1)
    assert default.minimum_probability == 0.8
    assert (default.discount_rate, default.recapture_rate) == (Decimal("0.10"), Decimal("0.30"))
    assert default.tier_for(500).below_zero_if_valuable == "valuable"


@pytest.mark.parametrize(
    ("headcount", "counted", "left_out"),
    [(5, "licence", "training"), (5, "usage", "vendor_fee"), (50, "operations_staff", "upgrades")],
)
def test_small_companies_leave_out_what_their_tier_ignores(
    default: Standard, headcount: int, counted: CostCategory, left_out: CostCategory
) -> None:
    costs = default.tier_for(headcount).counted_costs
    assert counted in costs
    assert left_out not in costs


def test_large_companies_count_everything_at_fully_loaded_cost(default: Standard) -> None:
    large, startup = default.tier_for(500), default.tier_for(5)
    assert (large.counted_costs, large.counted_benefits) == ((), ())
    assert large.includes_social_insurance
    assert not startup.includes_social_insurance
    assert startup.counted_benefits == ("labour", "revenue")

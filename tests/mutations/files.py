"""The publishers' files that the mutations are made in, and those that they are held against."""

from __future__ import annotations

from pathlib import Path

MONTHS_OF = {
    "delayed_transfers_la/LA-Type-B_{}.xls": (
        [*(f"2014-{m:02}" for m in range(4, 13)), *(f"2015-{m:02}" for m in range(1, 4))]
        + ["2018-11", "2018-12"]
        + [f"2019-{m:02}" for m in range(1, 7)]
    ),
    "monthly_activity_commissioner/MAR_Comm_{}.xls": (
        [*(f"2014-{m:02}" for m in range(4, 13)), *(f"2015-{m:02}" for m in range(1, 4))]
    ),
    "virtual_wards/VW{}.xlsx": (
        [*(f"2023{m:02}" for m in (7, 9, 10, 11, 12)), *(f"2024{m:02}" for m in (2, 3, 5, 6, 7))]
    ),
}
OTHERS = (
    "delayed_transfers_england/DTOC-England-timeseries_Aug10-Feb20_rev-2020-09-10.xls",
    "monthly_activity_commissioner/MAR_Comm-Timeseries-October-16-6587.xls",
    "ae_monthly/ae_2025_07.csv",  # after July-2025-CSV: the one month of which two issues are here
    "bed_availability/Beds-Open-Overnight-Web_File-Final-Q3-2019-20-kg8gu.xlsx",
    "acute_discharge_sitrep/latest_time_series.xlsx",
    "ae_monthly/AE_England_data.xls",
    "ae_monthly/Monthly-AE-July-2024-revised.csv",
    "ae_monthly/July-2025-CSV-9jfy4.csv",
    "ae_monthly/Monthly-AE-August-2024.csv",
    "ae_monthly/Monthly-AE-December-2024.csv",
    "ae_monthly/Monthly-AE-February-2025-revised.csv",
    "ae_monthly/Monthly-AE-January-2025.csv",
    "ae_monthly/Monthly-AE-June-2024_copy.csv",
    "ae_monthly/Monthly-AE-November-2024-revised.csv",
    "ae_monthly/Monthly-AE-October-2024-revised.csv",
    "hes_monthly_open/HES_M13_2021_OPEN_DATA_AGE_BANDS.csv",
    "gdp_deflators/GDP_Deflators_Qtrly_National_Accounts_December_2023_update.csv",
    "revenue_outturn/Revenue_Outturn_Summary__RS__data_2010-11_by_LA_-_27-Nov-2012-v2.xls",
    "revenue_outturn/Revenue_Outturn_Summary__RS__data_2011-12_by_LA_-_Revised_28-Nov-2013.xls",
    "revenue_outturn/Revenue_Outturn_Summary__RS__data_2014-15_by_LA_-_02-Feb-2016.xls",
    "organisations/CCG_STP_RefFile_Apr20.xlsx",
    "organisations/ICB_JUL_2022_EN_NC.xlsx",
    "organisations/S_ICB_ICB_to_NHSE_R.csv",
    "organisations/etr_2021-01_jah.csv",
    "organisations/etr_2026-01_jhau.csv",
    "organisations/etr_ebmdatalab.csv",
    "organisations/trust_list.csv",
)


def paths(returns: Path) -> list[Path]:
    """Return the files of the good load, in the order in which they land."""
    monthly = [form.format(month) for form, months in MONTHS_OF.items() for month in months]
    return sorted(returns / name for name in [*monthly, *OTHERS])

"""Formats of regional and cross-border carriers and of shops that deliver themselves.

None of them carries a postcode. Most have no check digit: they are told by their letters.
"""

from __future__ import annotations

import re

from sorter.engine.labels.check_digits import LUHN, mod10, with_prefix
from sorter.engine.labels.families.sources import CAINIAO, TRACKING_NUMBER_DATA
from sorter.engine.labels.format import Format

_WEIGHTS_1_2 = mod10(evens=1, odds=2)

REGIONAL = (
    Format(
        id="cainiao_lp",
        name="cainiao: Cainiao LP",
        pattern=re.compile("LP[0-9]{12,14}"),
        lengths=(14, 15, 16),
        starts="L",
        source=CAINIAO,
    ),
    Format(
        id="amazon_logistics",
        name="amazon: Amazon Logistics",
        pattern=re.compile("TB[ACM][0-9]{12}"),
        lengths=(15,),
        starts="T",
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="amazon_international",
        name="amazon: Amazon International",
        pattern=re.compile("[AFC][0-9]{10}"),
        lengths=(11,),
        starts="AFC",
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="canpar_22",
        name="canpar: Canpar (22)",
        pattern=re.compile("[CDKLSUXZ][0-9]{21}"),
        lengths=(22,),
        starts="CDKLSUXZ",
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="gofo_us",
        name="gofo: GOFO Express (US)",
        pattern=re.compile("GFUS[0-9]{14}"),
        lengths=(18,),
        starts="G",
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="landmark_global",
        name="landmark: Landmark Global LTN",
        pattern=re.compile("LTN[0-9]{8}N1"),
        lengths=(13,),
        starts="L",
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="lasership_lx",
        name="lasership: LaserShip LX",
        pattern=re.compile("L[AIEHNX][1-3][0-9]{7}"),
        lengths=(10,),
        starts="L",
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="lasership_1ls7",
        name="lasership: LaserShip 1LS7 (15)",
        pattern=re.compile("1LS7[12][0-9]{10}"),
        lengths=(15,),
        starts="1",
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="lasership_1ls7_18",
        name="lasership: LaserShip 1LS7 (18)",
        pattern=re.compile("1LS7[12][0-9]{2}01[1-4][0-9]{6}-1"),
        lengths=(18,),
        starts="1",
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="lasership_1lscx",
        name="lasership: LaserShip 1LSCX (15)",
        pattern=re.compile("1LSCX[0-9A-Z]{10}"),
        lengths=(15,),
        starts="1",
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="old_dominion",
        name="old_dominion: Old Dominion",
        pattern=re.compile("(?P<covered>(?:77[78]|072|780)[0-9]{8})"),
        lengths=(11,),
        starts="07",
        check=LUHN,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="old_dominion_guaranteed",
        name="old_dominion: Old Dominion Guaranteed Shipment",
        pattern=re.compile("(?P<covered>80[0-9]{9})"),
        lengths=(11,),
        starts="8",
        check=LUHN,
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="ontrac_c",
        name="ontrac: OnTrac",
        pattern=re.compile("C(?P<covered>[0-9]{14})"),
        lengths=(15,),
        starts="C",
        check=with_prefix("4", _WEIGHTS_1_2),
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="ontrac_d",
        name="ontrac: OnTrac D",
        pattern=re.compile("D(?P<covered>[0-9]{14})"),
        lengths=(15,),
        starts="D",
        check=with_prefix("5", _WEIGHTS_1_2),
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="speedee",
        name="speedee: Spee-Dee (20)",
        pattern=re.compile("SP[0-9]{18}"),
        lengths=(20,),
        starts="S",
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="yodel",
        name="yodel: Yodel",
        pattern=re.compile("JJ?D[0-9]{16}"),
        lengths=(18, 19),
        starts="J",
        source=TRACKING_NUMBER_DATA,
    ),
    Format(
        id="yunexpress",
        name="yunexpress: YunExpress",
        pattern=re.compile("YT[0-9]{16}"),
        lengths=(18,),
        starts="Y",
        source=TRACKING_NUMBER_DATA,
    ),
)

"""All barcode formats, by id and in the default order.

The default order puts first what proves most about a code, since `Label.format` is the first match:
1. letters or fixed digits of its own and a check digit, 2. digits only with a check digit, the
longer and the more European before the others, 3. GS1 element strings, whose bare form is told by
its first digits alone, 4. letters of its own without check digit, 5. a bare count of digits.
A site that lists only the formats it expects is served better: every further one makes it likelier
that a stray number is taken for a label.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sorter.engine.labels.families.express import EXPRESS
from sorter.engine.labels.families.gs1 import GS1
from sorter.engine.labels.families.postal import POSTAL
from sorter.engine.labels.families.regional import REGIONAL
from sorter.engine.labels.format import Format

_ORDER = """
    s10 dpd ups usps_impb_n usps_impb_c fedex_ground_96 fedex_ground_gsn fedex_astra_32
    ontrac_c ontrac_d ups_waybill old_dominion old_dominion_guaranteed
    sscc dp_leitcode dp_identcode dpd_14 fedex_34 usps_legacy usps_20 fedex_ground_sscc_18
    canada_post fedex_ground fedex_12 purolator_numeric dhl_express
    gs1
    cainiao_lp yunexpress landmark_global yodel dhl_express_piece_id amazon_logistics gofo_us
    speedee lasership_1ls7_18 lasership_1ls7 lasership_1lscx lasership_lx canpar_22
    dhl_ecommerce purolator_alpha amazon_international
    dhl_ecommerce_14
"""

DEFAULT_FORMATS: tuple[str, ...] = tuple(_ORDER.split())

_BY_ID = {one.id: one for one in (*GS1, *POSTAL, *EXPRESS, *REGIONAL)}

FORMATS: Mapping[str, Format] = MappingProxyType({id_: _BY_ID[id_] for id_ in DEFAULT_FORMATS})

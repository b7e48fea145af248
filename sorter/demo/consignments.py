"""Invents parcels: a kind and a destination come first, then an address, then the labels.

So what is true of a parcel never depends on how its labels are read. No code is printed twice in
one run. The shares follow a hub that takes e-commerce from China and hands it to Belgian and
neighbouring carriers; they are invented, the formats and postal codes are real.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from sorter.demo import labels
from sorter.demo.postcodes import Address, addresses_by_destination

BELGIUM = {
    "BE-WLG": 20, "BE-BRU": 16, "BE-VAN": 16, "BE-VOV": 12, "BE-VBR": 10, "BE-WHT": 10,
    "BE-VWV": 9, "BE-VLI": 8, "BE-WNA": 5, "BE-WBR": 4, "BE-WLX": 3,
}  # fmt: skip
ABROAD = {"DE-NORTH": 18, "DE-SOUTH": 18, "FR-NORTH": 20, "FR-SOUTH": 12, "NL": 20, "LU": 5,
          "AT": 5, "HUB-MADRID": 4, "HUB-BUDAPEST": 4}  # fmt: skip
ONWARD = {"ES-PUDO": 40, "HUB-MADRID": 20, "HUB-BUDAPEST": 30}
GERMANY = {"DE-NORTH": 1, "DE-SOUTH": 1}

DESTINATIONS_OF_KIND: dict[str, dict[str, int]] = {
    "dpd": BELGIUM | ABROAD,
    "gs1_420": BELGIUM,
    "gs1_421": ABROAD,
    "s10": BELGIUM | ABROAD | ONWARD,
    "sscc": ONWARD | GERMANY | {"NL": 20, "FR-NORTH": 20},
    "lp_s10": BELGIUM | ONWARD,
    "leitcode": GERMANY,
}

# Carriers of these countries have no chute here: their labels are valid and lead nowhere.
UNSERVED = (
    Address("GB", "EC1A1BB"),
    Address("GB", "M11AE"),
    Address("IT", "20121"),
    Address("IT", "00184"),
)
BAG_COMPANY = {"HUB-BUDAPEST": "9521", "HUB-MADRID": "9522"}
"""GS1 prefix 952 is kept for demonstrations. Bags of these hubs are routed by barcode prefix."""

_MAIL_CENTRES = ("04", "21", "33", "51", "56", "73", "80")
_BAG_SHARE = 0.3
_PARCEL_COMPANY = "9520"
_LABEL_COMPANY = "9523"


class PreAdvice(NamedTuple):
    """A row of parcels.csv; `parcel` joins the codes of one parcel and may be empty."""

    barcode: str
    destination: str
    parcel: str


@dataclass(frozen=True, slots=True)
class Consignment:
    """A parcel's labels and the truth about them; no destination means it can't be diverted."""

    kind: str
    codes: tuple[str, ...]
    destination: str | None
    rows: tuple[PreAdvice, ...] = ()


class Shipper:
    """Prints consignments from one random stream."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._addresses = addresses_by_destination()
        self._printed: set[str] = set()
        self._joined = 0
        self._print: dict[str, Callable[[str], Consignment]] = {
            "dpd": self._dpd,
            "gs1_420": self._gs1_420,
            "gs1_421": self._gs1_421,
            "s10": self._s10,
            "sscc": self._sscc,
            "lp_s10": self._lp_s10,
            "leitcode": self._leitcode,
        }

    def send(self, kind: str, destination: str) -> Consignment:
        """A parcel of an ordinary kind to `destination`."""
        return self._print[kind](destination)

    def pick_destination(self, kind: str, *, without: str | None = None) -> str:
        """A destination that parcels of this kind go to, by its share."""
        shares = {d: n for d, n in DESTINATIONS_OF_KIND[kind].items() if d != without}
        return self._rng.choices(list(shares), weights=list(shares.values()))[0]

    def no_read(self) -> Consignment:
        """A parcel that lies on its label."""
        return Consignment("no_read", (), None)

    def unknown(self) -> Consignment:
        """A sound code that no row and no prefix knows."""
        address = self._rng.choice(UNSERVED)
        printed = self._rng.choice(
            (
                self._s10_code,
                lambda: self._sscc_code(_PARCEL_COMPANY),
                self._lp_code,
                lambda: self._dpd_code(Address("IT", "20121")),
                lambda: self._gs1_421_code(address),
            )
        )
        return Consignment("unknown", (printed(),), None)

    def misread(self) -> Consignment:
        """A checked code with one digit read wrong, so that it fails its check."""
        kind = self._rng.choice(("s10", "sscc", "dpd"))
        sent = self.send(kind, self.pick_destination(kind))
        while True:
            garbled = self._garble(sent.codes[0])
            if fails_every_check(kind, garbled) and garbled not in self._printed:
                self._printed.add(garbled)
                return Consignment("misread", (garbled,), None, sent.rows)

    def conflict(self) -> Consignment:
        """A parcel sent on in a used box: two carriers' labels, two destinations."""
        first = self.pick_destination("dpd")
        second = self.pick_destination("gs1_420", without=first)
        old = self.send("dpd", first).codes
        new = self.send(self._rng.choice(("dpd", "gs1_420")), second).codes
        return Consignment("conflict", self._shuffled(old + new), None)

    def _dpd(self, destination: str) -> Consignment:
        return Consignment("dpd", (self._dpd_code(self._address(destination)),), destination)

    def _gs1_420(self, destination: str) -> Consignment:
        postcode = self._address(destination).postcode
        code = self._once(lambda: labels.gs1_420(self._sscc_code(_LABEL_COMPANY), postcode))
        return Consignment("gs1_420", (code,), destination)

    def _gs1_421(self, destination: str) -> Consignment:
        return Consignment(
            "gs1_421", (self._gs1_421_code(self._address(destination)),), destination
        )

    def _s10(self, destination: str) -> Consignment:
        code = self._s10_code()
        return Consignment("s10", (code,), destination, (PreAdvice(code, destination, ""),))

    def _sscc(self, destination: str) -> Consignment:
        company = BAG_COMPANY.get(destination)
        if company and self._rng.random() < _BAG_SHARE:
            return Consignment("sscc", (self._sscc_code(company, extension="3"),), destination)
        code = self._sscc_code(_PARCEL_COMPANY)
        return Consignment("sscc", (code,), destination, (PreAdvice(code, destination, ""),))

    def _lp_s10(self, destination: str) -> Consignment:
        self._joined += 1
        parcel = f"C{self._joined:06d}"
        codes = self._shuffled((self._lp_code(), self._s10_code()))
        rows = tuple(PreAdvice(code, destination, parcel) for code in codes)
        return Consignment("lp_s10", codes, destination, rows)

    def _leitcode(self, destination: str) -> Consignment:
        postcode = self._address(destination).postcode
        leit = self._once(lambda: labels.leitcode(postcode, self._digits(3), self._digits(3), "40"))
        centre = self._rng.choice(_MAIL_CENTRES)
        ident = self._once(lambda: labels.identcode(centre, self._digits(3), self._digits(6)))
        return Consignment("leitcode", self._shuffled((leit, ident)), destination)

    def _dpd_code(self, address: Address) -> str:
        service = self._rng.choice(("101", "136", "327", "332"))
        return self._once(
            lambda: labels.dpd(address.country, address.postcode, self._digits(14), service)
        )

    def _gs1_421_code(self, address: Address) -> str:
        postcode_first = self._rng.random() < 0.5
        return self._once(
            lambda: labels.gs1_421(
                self._sscc_code(_LABEL_COMPANY),
                address.country,
                address.postcode,
                postcode_first=postcode_first,
            )
        )

    def _s10_code(self) -> str:
        service = self._rng.choice(("LX", "LV", "RB", "RX", "UM", "CX", "EV"))
        origin = self._rng.choice(("CN", "CN", "CN", "CN", "HK", "SG", "MY"))
        return self._once(lambda: labels.s10(service, self._digits(8), origin))

    def _sscc_code(self, company: str, *, extension: str | None = None) -> str:
        first = self._digits(1) if extension is None else extension
        return self._once(lambda: labels.sscc(first, company + self._digits(12)))

    def _lp_code(self) -> str:
        return self._once(lambda: labels.cainiao_lp("00" + self._digits(12)))

    def _address(self, destination: str) -> Address:
        return self._rng.choice(self._addresses[destination])

    def _digits(self, length: int) -> str:
        return f"{self._rng.randrange(10**length):0{length}d}"

    def _shuffled(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self._rng.sample(codes, len(codes)))

    def _garble(self, code: str) -> str:
        place = self._rng.choice(range(4, 10))  # digits in every kind that is garbled
        wrong = self._rng.choice([digit for digit in "0123456789" if digit != code[place]])
        return code[:place] + wrong + code[place + 1 :]

    def _once(self, printed: Callable[[], str]) -> str:
        while (code := printed()) in self._printed:
            pass
        self._printed.add(code)
        return code


def fails_every_check(kind: str, code: str) -> bool:
    """Whether a garbled code of this kind has a wrong check digit in each format it may be.

    A DPD code begins with 00, so it may be taken for an SSCC: that check must fail too.
    """
    if kind == "s10":
        return labels.s10_check_digit(code[2:10]) != code[10]
    no_sscc = labels.gs1_check_digit(code[2:19]) != code[19]
    if kind == "sscc":
        return no_sscc
    return no_sscc and labels.mod_37_36_check(code[:27]) != code[27]

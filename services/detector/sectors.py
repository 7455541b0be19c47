"""Which customers share a season: their segments and regions in the master data."""

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Connection, or_, select

from services.detector.buyers import Ints
from services.detector.trade import raw_rows
from shared.domain.sector import ANY, Sector
from shared.storage import arrays
from shared.storage.tables import customer


def load_sectors(connection: Connection, numbers: Ints) -> NDArray[np.object_]:
    """The sectors of the customers `numbers` [n], Sector[n]; a few thousand at a time."""
    these = arrays.table(connection, [("number", BigInteger())], numbers.tolist())
    known = or_(customer.c.segment.is_not(None), customer.c.region.is_not(None))
    statement = (
        select(customer.c.number, customer.c.segment, customer.c.region)
        .join(these, these.c.number == customer.c.number)
        .where(known)
    )
    found = {
        number: Sector(segment, region)
        for rows in raw_rows(connection, statement)
        for number, segment, region in rows
    }
    sectors = np.empty(len(numbers), dtype=object)
    sectors[:] = [found.get(number, ANY) for number in numbers.tolist()]
    return sectors

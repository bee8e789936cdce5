"""What other rooms do with matching: deliver lines, run it, and read what differs.

matching.deliver(lines); matching.run(None, now=now); matching.differences(pool, now=now)
"""

from reserve_funds.custody.matching.delivering import deliver
from reserve_funds.custody.matching.queries import differences
from reserve_funds.custody.matching.running import RelationSummary, RunSummary, run

__all__ = ["RelationSummary", "RunSummary", "deliver", "differences", "run"]

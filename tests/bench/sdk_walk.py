"""The official SDK's own page walk: fetch and parse, nothing stored. Run as `python sdk_walk.py BASE_URL`.

Tells its Python, CPU seconds and peak MiB, since it may run in a container.
"""

from __future__ import annotations

import asyncio
import platform
import resource
import sys

from kalshi_python_async import ApiClient, Configuration, MarketApi


async def main(base_url: str) -> None:
    async with ApiClient(Configuration(host=base_url)) as client:
        markets, cursor = MarketApi(client), None
        while True:
            page = await markets.get_markets(limit=1000, status="open", mve_filter="exclude", cursor=cursor)
            cursor = page.cursor
            if not cursor:
                break


asyncio.run(main(sys.argv[1]))
used = resource.getrusage(resource.RUSAGE_SELF)
print(platform.python_version(), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)

"""The official SDK's own page walk: fetch and parse, nothing stored. Run as `python sdk_walk.py BASE_URL`."""

from __future__ import annotations

import asyncio
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

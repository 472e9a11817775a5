"""aiohttp as a server that our client asks: /hello, /chunks, /gone, and everything else is sent back. Says its port."""

import asyncio

from aiohttp import web


async def answer(request):
    if request.path == "/hello":
        return web.Response(text="hello")
    if request.path == "/gone":
        return web.Response(status=410, text="gone")
    if request.path == "/moved":
        raise web.HTTPFound("/hello")
    if request.path == "/chunks":
        response = web.StreamResponse()
        await response.prepare(request)
        for i in range(100):
            await response.write(f"{i}\n".encode())
        return response
    return web.Response(body=await request.read())


async def main():
    application = web.Application(client_max_size=1 << 30)
    application.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())

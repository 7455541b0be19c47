"""A message as the arguments of Slack's chat.postMessage."""

from typing import Any

from services.notifier.channels.slack.render import render as render_blocks
from services.notifier.messages import Message


def render(message: Message, channel: str, thread: str | None) -> dict[str, Any]:
    """`thread` is the time stamp of the message that this one answers."""
    answering = {} if thread is None else {"thread_ts": thread}
    return {"channel": channel, **answering, **render_blocks(message)}

"""Every channel there is. A new one is a folder under channels/ and a line here."""

from services.notifier.channel import Kind
from services.notifier.channels.apprise import channel as apprise
from services.notifier.channels.email import channel as email
from services.notifier.channels.slack import channel as slack
from services.notifier.channels.slack_bot import channel as slack_bot
from services.notifier.channels.teams import channel as teams
from services.notifier.channels.webhook import channel as webhook
from shared.ops.errors import InputError
from shared.storage.rep_channels import Way

ALL: tuple[Kind, ...] = (email, slack, slack_bot, teams, webhook, apprise)
KINDS: dict[str, Kind] = {kind.NAME: kind for kind in ALL}
FORMS = (
    "mailto:NAME@HOST, https://hooks.slack.com/..., slack-bot:ID, the https address of a Teams "
    "workflow, webhook+https://HOST/PATH#whsec_SECRET or apprise:URL"
)


def read_channel(url: str) -> Way:
    """The way to a person that `url` means. Raises InputError, which does not repeat it."""
    for name, kind in KINDS.items():
        address = kind.read(url)
        if address is not None:
            return Way(name, address, kind.recipient(address))
    raise InputError(f"no channel understands this URL; write it as {FORMS}")


def pace_of(way: Way) -> str:
    """Whose pace a message by `way` keeps."""
    return way.channel if KINDS[way.channel].ONE_PACE else way.recipient

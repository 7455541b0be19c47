"""The weeks as cells of a table, which every mail program draws (decision 0073).

Written without a template: half of a mail is these cells, and a template took longer for them
than for all the rest.
"""

from markupsafe import Markup, escape

from services.notifier.bars import Bars

BAR_HEIGHT = 96  # pixels of the tallest bar
_OLD = "#7c93b5"
_LINE = "border-top:1px dashed #64748b;border-bottom:1px solid #94a3b8"
_STYLE = "height:%dpx;padding:0 1px;line-height:0;font-size:0;%s"
_CELL = '<td height="%d" valign="bottom" class="rule" style="%s">'
_RECENT = (
    '<td height="%d" valign="bottom" class="rule note" bgcolor="#f1f5f9" '
    'style="background:#f1f5f9;%s">'
)


def rows(bars: Bars, accent: str) -> Markup:
    """Two rows of cells, which meet at the usual level: their border is its line.

    `accent` is the colour of the recent weeks.
    """
    usual = round(bars.usual * BAR_HEIGHT)
    heights = [round(bar.height * BAR_HEIGHT) or (1 if bar.height else 0) for bar in bars.bars]
    looks = [
        (bar.recent, accent if bar.recent else _OLD, str(escape(bar.label))) for bar in bars.bars
    ]

    def row(height: int, highs: list[int], edge: str) -> str:
        style = _STYLE % (height, edge)
        cells = (_CELL % (height, style), _RECENT % (height, style))
        drawn = [
            f"{cells[recent]}{_bar(high, colour, label)}</td>\n"
            for high, (recent, colour, label) in zip(highs, looks, strict=True)
        ]
        return "<tr>\n" + "".join(drawn) + "</tr>\n"

    above = row(BAR_HEIGHT - usual, [max(height - usual, 0) for height in heights], "")
    below = row(usual, [min(height, usual) for height in heights], _LINE)
    return Markup(f"{above}\n{below}\n")  # noqa: S704 - the labels are escaped


def _bar(height: int, colour: str, label: str) -> str:
    if not height:
        return ""
    return (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>'
        f'<td height="{height}" bgcolor="{colour}" title="{label}" '
        f'style="height:{height}px;line-height:0;font-size:0">'
        "&nbsp;</td></tr></table>"
    )

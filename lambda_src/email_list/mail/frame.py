"""The look that every email of the list shares: preheader, the list's name, a card, the footer with the way out.

Mail clients read a dialect of HTML: tables for layout, styles on the elements, no script. The style sheet in the head
only adds what is dispensable: dark colours and narrow screens. Sources here are Handlebars; `list_name` and
`postal_address` are filled in when a letter is composed.
"""

import html
from collections.abc import Mapping

from email_list.mail.colors import DARK, LIGHT, palette
from email_list.settings import ListSettings
from email_list.words import handlebars_words

FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
MONOSPACE = "ui-monospace,SFMono-Regular,Menlo,Consolas,monospace"
WIDTH = 600
"""The card's width in pixels: it fits every client's reading pane."""

NO_TRACK = "ses:no-track"
"""Keeps SES from redirecting one of the list's own links through its servers if it tracks clicks (SES developer guide,
"Amazon SES email sending metrics FAQs"): a click on it shows no interest in a letter, and its token is nobody else's
business."""

LOGO_HEIGHT = 40
"""Pixels; screens that need more show the picture's own."""

_PREHEADER_FILL = "&#847;&zwnj;&nbsp;" * 40
"""Invisible; keeps clients from filling the preview text with the letter's first words."""


def content_styles(settings: ListSettings) -> Mapping[str, str]:
    """Selector to declarations for what authors write: headings, paragraphs, lists, links, buttons, quotes, code."""
    colors = palette(settings.accent_color, LIGHT)
    return {
        "h1": "margin:0 0 16px;font-size:26px;line-height:1.25;font-weight:700",
        "h2": "margin:32px 0 12px;font-size:20px;line-height:1.3;font-weight:700",
        "h3": "margin:24px 0 8px;font-size:17px;line-height:1.35;font-weight:700",
        "p": "margin:0 0 16px",
        "ul, ol": "margin:0 0 16px;padding:0 0 0 24px",
        "li": "margin:0 0 6px",
        "a": f"color:{colors['link']}",
        "img": "max-width:100%;border:0",
        "img[width], img:not([height])": "height:auto",
        "blockquote": f"margin:0 0 16px;padding:2px 0 2px 16px;border-left:3px solid {colors['line']}",
        "blockquote p:last-child": "margin:0",
        "hr": f"margin:28px 0;border:0;border-top:1px solid {colors['line']}",
        "code": f"font-family:{MONOSPACE};font-size:14px",
        "pre": f"margin:0 0 16px;padding:12px 16px;background-color:{colors['page']};white-space:pre-wrap",
        ".data": "margin:0 0 16px;border-collapse:collapse",
        ".data th, .data td": f"padding:6px 16px 6px 0;border-bottom:1px solid {colors['line']}",
        ".data th:not([align])": "text-align:left",
        ".button": "margin:8px 0 24px;border-collapse:separate",
        ".button td": f"background-color:{colors['accent']};border-radius:6px",
        ".button a": (
            f"display:inline-block;padding:12px 24px;color:{colors['on-accent']};font-weight:600;"
            "text-decoration:none;border-radius:6px"
        ),
        ".muted": f"color:{colors['muted']};font-size:14px",
        "[dir=ltr]:not([align])": "text-align:left",
        "[dir=rtl]:not([align]), [dir=rtl] .data th:not([align])": "text-align:right",
        "[dir=rtl] ul, [dir=rtl] ol": "padding:0 24px 0 0",
        "[dir=rtl] blockquote": f"padding:2px 16px 2px 0;border-left:0;border-right:3px solid {colors['line']}",
        "[dir=rtl] .data th, [dir=rtl] .data td": "padding:6px 0 6px 16px",
    }


def content_css(settings: ListSettings) -> str:
    """`content_styles` as a style sheet."""
    return "".join(f"{selector}{{{declarations}}}" for selector, declarations in content_styles(settings).items())


def paragraph(text: str, settings: ListSettings) -> str:
    """One paragraph of plain text, as HTML that needs no style sheet."""
    return f'<p style="{content_styles(settings)["p"]}">{html.escape(text)}</p>'


def button(text: str, href: str, settings: ListSettings) -> str:
    """A link of the list's own that looks like a button; `href` is Handlebars or an address."""
    styles = content_styles(settings)
    return (
        '<table role="presentation" cellpadding="0" cellspacing="0" class="button" '
        f'style="{styles[".button"]}"><tr><td style="{styles[".button td"]}">'
        f'<a {NO_TRACK} href="{href}" style="{styles[".button a"]}">{html.escape(text)}</a></td></tr></table>'
    )


def html_frame(
    content: str, footer: str, preheader: str, settings: ListSettings, language: str, styles: str = ""
) -> str:
    """A whole HTML document around `content`. Everything except `settings` and `language` is Handlebars source;
    `styles` are the content's own style elements."""
    colors = palette(settings.accent_color, LIGHT)
    return f"""<!doctype html>
<html lang="{language}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="x-apple-disable-message-reformatting">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no">
<title>{{{{list_name}}}}</title>
<style>{_head_css(settings)}</style>{styles}
</head>
<body class="page" style="margin:0;padding:0;background-color:{colors["page"]}">
{_preheader(preheader)}<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" \
class="page" style="background-color:{colors["page"]}"><tr>\
<td class="outer" align="center" style="padding:24px 12px">
<!--[if mso]><table role="presentation" width="{WIDTH}" cellpadding="0" cellspacing="0"><tr><td><![endif]-->
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="card" \
style="max-width:{WIDTH}px;background-color:{colors["surface"]};border-radius:8px;\
border-top:4px solid {colors["accent"]}">
<tr><td class="inner name" style="padding:24px 40px 0;font:600 15px/1.4 {FONT};color:{colors["muted"]};\
text-align:left">{_letterhead(settings)}</td></tr>
<tr><td class="inner ink" style="padding:20px 40px 16px;font:400 16px/1.6 {FONT};color:{colors["ink"]};\
text-align:left;word-wrap:break-word">
{content}
</td></tr>
</table>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:{WIDTH}px">
<tr><td class="inner muted" style="padding:20px 40px 8px;font:400 13px/1.6 {FONT};color:{colors["muted"]};\
text-align:left">
{footer}
</td></tr>
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table>
</body>
</html>
"""


def html_footer(settings: ListSettings, language: str) -> str:
    """A newsletter's footer: why it was sent, how to unsubscribe, who sends it and where to find them."""
    return f"{html_reasons(settings, language)}\n{html_imprint(settings)}"


def html_reasons(settings: ListSettings, language: str) -> str:
    """Why a newsletter was sent to somebody, and how to unsubscribe."""
    words = handlebars_words(language)
    style = f'style="color:{palette(settings.accent_color, LIGHT)["muted"]};text-decoration:underline"'
    return (
        f'<p style="margin:0 0 8px">{words["reason"]}<br>'
        f'<a {NO_TRACK} href="{{{{unsubscribe_url}}}}" {style}>{words["unsubscribe"]}</a> &nbsp;&middot;&nbsp; '
        f'<a {NO_TRACK} href="{{{{preferences_url}}}}" {style}>{words["preferences"]}</a></p>'
    )


def html_imprint(settings: ListSettings) -> str:
    """Who sends an email, and where they can be found."""
    about = "<br>{{list_description}}" if settings.description else ""
    return f'<p style="margin:0">{{{{list_name}}}}{about}<br>{{{{postal_address}}}}</p>'


def text_imprint(settings: ListSettings) -> str:
    """The same for the text part, where the website has no letterhead to stand behind."""
    lines = ["{{list_name}}, {{postal_address}}"]
    lines += ["{{list_description}}"] if settings.description else []
    lines += ["{{list_website}}"] if settings.website_url else []
    return "\n".join(lines)


def _letterhead(settings: ListSettings) -> str:
    name = "{{list_name}}"
    if settings.logo_url:
        style = f"display:block;height:{LOGO_HEIGHT}px;width:auto;border:0"
        name = f'<img src="{{{{list_logo}}}}" alt="{{{{list_name}}}}" height="{LOGO_HEIGHT}" style="{style}">'
    if not settings.website_url:
        return name
    return f'<a {NO_TRACK} href="{{{{list_website}}}}" style="color:inherit;text-decoration:none">{name}</a>'


def text_frame(content: str, footer: str) -> str:
    """The text part: the content, then a footer that clients know as one by the line `-- `."""
    return f"{content.strip()}\n\n-- \n{footer}\n"


def text_footer(settings: ListSettings, language: str) -> str:
    """A newsletter's footer in its text part."""
    words = handlebars_words(language)
    return (
        f"{words['reason']}\n"
        f"{words['unsubscribe']}: {{{{unsubscribe_url}}}}\n"
        f"{words['preferences']}: {{{{preferences_url}}}}\n"
        f"{text_imprint(settings)}"
    )


def _preheader(source: str) -> str:
    if not source:
        return ""
    hidden = "display:none;max-height:0;overflow:hidden;mso-hide:all;font-size:1px;line-height:1px;opacity:0"
    return f'<div style="{hidden}">{source}{_PREHEADER_FILL}</div>\n'


def _head_css(settings: ListSettings) -> str:
    dark = palette(settings.accent_color, DARK)
    return (
        ":root{color-scheme:light dark;supported-color-schemes:light dark}"
        "@media (max-width:620px){.outer{padding:0 0 16px!important}.card{border-radius:0!important}"
        ".inner{padding-left:20px!important;padding-right:20px!important}"
        ".stack{display:block!important;width:auto!important;padding-right:0!important}"
        ".below{border-top:0!important;padding-top:8px!important}}"
        "@media (prefers-color-scheme:dark){"
        f".page{{background-color:{dark['page']}!important}}"
        f".card{{background-color:{dark['surface']}!important}}"
        f".ink{{color:{dark['ink']}!important}}"
        f".name,.muted,.muted a{{color:{dark['muted']}!important}}"
        f".ink a{{color:{dark['link']}!important}}"
        f".ink .button a{{color:{dark['on-accent']}!important}}"
        f".ink pre{{background-color:{dark['page']}!important}}"
        f".ink hr,.ink blockquote,.ink .data th,.ink .data td,.ink .rule{{border-color:{dark['line']}!important}}}}"
    )

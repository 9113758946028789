"""The table of awkward prompts: with every verb, way to end, bot, and neighbours that are near.

Where nothing can tell, nobody is given a video. Those rows are named here, and only those.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Final

from bridge.jobs.command import Command, Verb
from bridge.jobs.nearness import plain
from tests.matcher.bot_at_work import Rewrite, as_given, command, cut_off, drawn_otherwise, reworded, unsaid

PROMPTS: Final = (
    "a cat",
    "portrait in Ghibli style: soft light",
    "main character: a small robot",
    "style: none, negative-prompt: none, aspect-ratio: 1:1 character: eula",
    "prompt: prompt: prompt",
    "(prompt: another one style: Anime) Author: <@222222222222222222>",
    ") Author: <@111111111111111111>",
    "negative-prompt: nothing here",
    "STYLE: Loud, Aspect-Ratio: wide",
    'she says "hello" and he\'s gone',
    "\u201cround\u201d \u2018quotes\u2019 \u2013 and \u2014 dashes \u2026",
    "see https://example.com/a_(b)?c=d&e=f#g for the look",
    "<https://example.com/cat> in oil",
    "[a cat](https://example.com/cat) on a roof",
    "[[[not a link]](or is it",
    "<@222222222222222222> and his dog",
    "<@111111111111111111> rides a horse",
    "<#1168473004498501652> <@&1168473004498501652> @everyone",
    "**bold** __line__ ~~gone~~ ||spoiler|| `code`",
    "```py\nprint('a cat')\n```",
    "# A heading\n> and a quote\n- and a list",
    "a cat --ar 16:9 --seed 7 --no dogs",
    "a bottle with 50% alcohol, in progress 99%",
    "Apologies! Our AI moderator thinks this violates community guidelines",
    "too many requests, generation failed, something went wrong",
    "We are making videos. We will notify you when it's done.",
    "قطة تنام على سطح أحمر",
    "\u202eright to left\u202c and back again",
    "cafe\u0301 con nin\u0303o",
    "Z\u0351\u0343a\u0300l\u030bg\u0351o\u035d comes at night",
    "a\u200bcat\u200b on\ufeff a\u2060 roof",
    "one\ntwo\r\n\tthree    four",
    "\u732b\u304c\u5c4b\u6839\u306e\u4e0a\u3067\u5bdd\u3066\u3044\u308b",
    "\U0001f431\U0001f319\U0001f3e0\u2728" * 128,
    "\U0001f469\u200d\U0001f680 \U0001f3f3\ufe0f\u200d\U0001f308 \u2764\ufe0f \U0001f44d\U0001f3fd in space",
    "x" * 512,
    "word " * 102 + "12",
    "\\(prompt\\: a cat\\)",
    "((((a cat in a hat))",
    "$5, 100% & a + b = c; C++ {x} <y> ^z^ |w|",
    "you have run out of credits, Credits left: 0, 12 credits remaining",
    "(prompt: x) Author: <@111111111111111111>) --ar 1:1 [a](https://b.c)\n\u202eyx\u202c @here \U0001f431",
    "\U0001f431" * 256,
    "\uff26\uff35\uff2c\uff2c width \u2460 \u210c \ufb01sh",
)
OF_ONE_WORD: Final = "x" * 512
OF_TWO_WORDS: Final = frozenset({"a cat", ") Author: <@111111111111111111>"})
OF_SIGNS: Final = frozenset(
    {
        "\u732b\u304c\u5c4b\u6839\u306e\u4e0a\u3067\u5bdd\u3066\u3044\u308b",
        "\U0001f431\U0001f319\U0001f3e0\u2728" * 128,
        "\U0001f431" * 256,
    }
)
CUT_WITHIN_A_LINK: Final = "[a cat](https://example.com/cat) on a roof"
WAYS: Final = ("edited", "followup", "reply", "plain", "twice", "embed", "early", "components")
WITH_IDS: Final = frozenset({"edited", "followup"})
BOTS: Final = (as_given, drawn_otherwise, reworded, cut_off, unsaid)
NEIGHBOURS: Final = {
    "alone": (),
    "equal": (("{}", 0),),
    "a look-alike": (("{}", 1),),
    "other signs": (("{}!", 0),),
    "a word more": (("{} tonight", 0),),
    "a word more, and a look-alike": (("{} tonight", 0), ("{}", 1)),
    "a word less at each end": (("tonight {}", 0), ("{} today", 0)),
}
WAITING_OR_EQUAL: Final = ("alone", "equal", "a look-alike", "other signs")
VERBS: Final = tuple(Verb)
Row = tuple[str, Verb, str, Rewrite, str]
ROWS: Final = tuple(itertools.product(PROMPTS, VERBS, WAYS, BOTS, NEIGHBOURS))


def is_told(row: Row) -> bool:
    """Tell whether something says whose each video is; the rows for which nothing does are these.

    *unsaid*: the bot says no words at all; of two jobs in flight nothing tells which is meant.
    *one for two*: the bot puts two prompts in the same words.
    *hardly said*: the video comes before all else that the bot says, and in words of which hardly one is the
    prompt's: a person may have run it by hand.
    """
    _, _, way, bot, neighbours = row
    if way in WITH_IDS or way == "reply":
        return True
    if bot is unsaid:
        return neighbours in WAITING_OR_EQUAL
    return not (is_one_for_two(row) or is_hardly_said(row))


def is_hardly_said(row: Row) -> bool:
    prompt, verb, way, bot, neighbours = row
    if way != "early":
        return False
    if bot is cut_off:
        return prompt == CUT_WITHIN_A_LINK
    if bot is not reworded:
        return False
    has_other_words = verb in (Verb.CREATE, Verb.BUTTON)
    if prompt in OF_TWO_WORDS:
        return not has_other_words
    is_one_of_two = prompt == OF_ONE_WORD and not has_other_words
    return neighbours == "a word less at each end" and (is_one_of_two or prompt in OF_SIGNS)


def is_one_for_two(row: Row) -> bool:
    prompt, _, _, bot, neighbours = row
    given = {text.replace("{}", prompt) for text in ("{}", *(text for text, _ in NEIGHBOURS[neighbours]))}
    pairs = [pair for pair in itertools.combinations(given, 2) if plain(pair[0]) != plain(pair[1])]
    return any(plain(bot(one)) == plain(bot(other)) for one, other in pairs)


def commands(row: Row) -> Iterator[Command]:
    """Yield what is asked: the prompt, and its neighbours."""
    prompt, verb, _, _, neighbours = row
    for text, variant in (("{}", 0), *NEIGHBOURS[neighbours]):
        yield command(verb, text.replace("{}", prompt), variant)


def check(row: Row, prints: Mapping[str, str], videos: Mapping[str, str]) -> None:
    """Compare whose video each job got with what can be told; jobs of one fingerprint are interchangeable."""
    for job, made_for in videos.items():
        assert prints[job] == prints[made_for], (row, videos)
    assert len(set(videos.values())) == len(videos), (row, videos)
    assert (sorted(videos) == sorted(prints)) is is_told(row), (row, videos)


def sampled(step: int) -> Iterator[Row]:
    """Yield rows, `step` apart: one that shares no factor with the counts lets any two things meet."""
    return (ROWS[place] for place in range(0, len(ROWS), step))

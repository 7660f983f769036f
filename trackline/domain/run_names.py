"""Names for what was given none: a quality, an animal, a number. Easy to say and to tell apart."""

from __future__ import annotations

from random import Random

_QUALITIES = """
able airy amber ample apt arch astute avid bold brave breezy bright brisk calm candid careful chief civil clear
clever cosmic crisp curious daring dapper deft eager early earnest easy fair fancy fast fine fleet fond free
fresh gentle glad golden grand handy happy hardy honest humble jolly keen kind lively loyal lucid lucky mellow
merry mighty mild modest neat nimble noble patient placid plucky polite proud quick quiet rapid ready regal
robust rosy savvy serene sharp shiny silent sleek smart smooth snappy solid spry stable steady sturdy subtle
sunny swift tidy tough trusty upbeat vivid warm wise witty young zesty
""".split()  # noqa: SIM905 a list of a hundred quoted words is harder to read
_ANIMALS = """
ant badger bat bear beaver bee bison boar bream camel cat cod colt condor coyote crab crane crow deer dingo dog
dolphin dove drake duck eagle eel egret elk emu falcon ferret finch fox frog gecko gnu goat goose grouse gull
hare hawk hen heron horse hound ibis ibex jackal jay kite koala lark lemur lion lizard llama loon lynx macaw
magpie marten mole moose moth mouse mule newt okapi orca otter owl ox panda perch pika pony puma quail rabbit
ram raven robin rook seal shad shark sheep shrew skink skunk sloth snail snipe sole squid stag stork swan tapir
tern tiger toad trout turtle viper vole wasp whale wolf wombat wren yak zebra
""".split()  # noqa: SIM905 a list of a hundred quoted words is harder to read


def random_name(random: Random) -> str:
    return f"{random.choice(_QUALITIES)}-{random.choice(_ANIMALS)}-{random.randrange(1000)}"

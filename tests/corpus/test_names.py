"""Names of real icons and the captions expected of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from znak.corpus.names import clean_name, is_interface, split_compound

# set:name = caption | I (interface), B (brand)
NAMES = """
material-symbols:raw-on-sharp = raw on
material-symbols:pill-off-outline-rounded = pill off | I
material-symbols:chair-outline-sharp = chair
material-symbols:mountain-flag-outline-rounded = mountain flag
twemoji:man-walking-facing-right-medium-light-skin-tone = man walking facing right
twemoji:keycap-0 = keycap 0 | I
twemoji:pool-8-ball = pool 8 ball
twemoji:woman-and-man-holding-hands-light-skin-tone-medium-light-skin-tone = woman and man holding hands
noto:princess-medium-dark-skin-tone = princess
noto:fork-and-knife-with-plate = fork and knife with plate
noto:christmas-tree = christmas tree
noto:three-oclock = three o'clock
noto:kiss-woman-man-medium-skin-tone-dark-skin-tone = kiss woman man
fluent-emoji-flat:person-with-crown-light = person with crown
fluent-emoji-flat:woman-cook-medium-dark = woman cook
fluent-emoji-flat:horizontal-traffic-light = horizontal traffic light
fluent-emoji-flat:flashlight = flashlight
fluent-emoji-high-contrast:face-with-tears-of-joy = face with tears of joy
emojione:violin = violin
emojione-monotone:wheel-of-dharma = wheel of dharma
emojione:raised-hand-medium-skin-tone = raised hand
streamline-emojis:birthday-cake-2 = birthday cake
streamline-emojis:wrapped-gift-2 = wrapped gift
fxemoji:foxsmiling = fox smiling
fxemoji:steamingbowl = steaming bowl
fxemoji:birthdaycake = birthday cake
fxemoji:soccerball = soccer ball
fxemoji:crystalball = crystal ball
fxemoji:manltepiececlock = mantelpiece clock
healthicons:kidneys-outline = kidneys
healthicons:eyeglasses-outline-24px = eyeglasses
healthicons:hospice-outline-24px = hospice
healthicons:sugar-free-24px = sugar free
fa6-solid:cow = cow
fa6-solid:circle-user = user in circle | I
fa6-solid:square-parking = square parking
fa6-solid:chess-queen = chess queen
fa7-solid:champagne-glasses = champagne glasses
fa-solid:dragon = dragon
fa:cutlery = cutlery
fa:bell-slash-o = bell slash | I
fa-regular:star-half = star half
streamline:strawberry = strawberry
streamline:beach-solid = beach
streamline:spades-symbol-remix = spades symbol
streamline-cyber:piano-1 = piano
streamline-cyber:book-open-3 = book open
streamline-color:mouth-lip-flat = mouth lip
streamline-plump-color:gameboy-flat = gameboy | B
streamline-kameleon-color:rainbow-duo = rainbow
streamline-stickies-color:telescope = telescope
streamline-block:drink-food-cookie = cookie
streamline-block:other-ui-rocket = rocket
streamline-pixel:pet-animals-buffalo = buffalo
streamline-pixel:interface-essential-zoom-out = zoom out | I
streamline-ultimate:soccer-field-bold = soccer field
streamline-freehand:design-tool-quill = quill
streamline-ultimate:treasure-chest-bold = treasure chest
streamline-flex:bicycle-bike-remix = bicycle bike
streamline-sharp:rabbit = rabbit
streamline-sharp:tool-box-solid = tool box
game-icons:axolotl = axolotl
game-icons:abstract-053 = abstract
game-icons:paper-bag-open = paper bag open
game-icons:raddish = radish
game-icons:octogonal-eye = octagonal eye
game-icons:card-9-spades = card spades
game-icons:top-hat = top hat
ph:lightbulb-light = lightbulb
ph:piano-keys = piano keys
ph:pipe-wrench = pipe wrench
ph:buildings-duotone = buildings
ph:fish-simple-thin = fish simple
ph:battery-vertical-high-bold = battery vertical high | I
ph:sun-dim-light = sun dim
solar:lightbulb-bolt-bold-duotone = lightbulb bolt
solar:square-dashed-broken = square dashed
solar:gas-station-broken = gas station
solar:skateboard-outline = skateboard
solar:cart-large-4-broken = cart large
ic:twotone-local-florist = local florist
ic:baseline-pets = pets
ic:round-anchor = anchor
ic:sharp-icecream = ice cream
ic:outline-emoji-nature = emoji nature
tabler:fish-hook-off = fish hook off | I
tabler:brand-github = brand github | B
tabler:christmas-tree-filled = christmas tree
tabler:hexagon-letter-i-filled = hexagon letter i | I
tabler:device-laptop-off = device laptop off | I
tabler:plant-2 = plant
mdi:account-plus-outline = account plus | I
mdi:dog-side = dog side
mdi:food-apple = food apple
mdi:cloud-alert = cloud alert | I
mdi:flask-empty-minus = flask empty minus | I
mdi:owl = owl
mdi:sword-cross = sword cross
mdi:lock-open-variant-outline = lock open
fluent:animal-cat-24-filled = animal cat
fluent:building-bank-24-filled = building bank
fluent:arrow-sync-24-filled = arrow sync | I
fluent:leaf-three-16-regular = leaf three
fluent:temperature-degree-celsius-48-regular = temperature degree celsius
fluent:drink-coffee-20-filled = drink coffee
fluent:text-bullet-list-ltr-24-regular = text bullet list | I
fluent-color:animal-paw-print-48 = animal paw print
hugeicons:mouse-07 = mouse
hugeicons:eiffel-tower = eiffel tower
hugeicons:crown = crown
hugeicons:bitcoin-04 = bitcoin | B
hugeicons:safe-box = safe box
icon-park-solid:people-plus-one = people plus | I
icon-park-solid:shoulder-bag = shoulder bag
icon-park-twotone:rss = rss | I
icon-park-outline:chart-proportion = chart proportion
icon-park:heart-ballon = heart balloon
icon-park:exchange-three = exchange | I
mingcute:horn-2-fill = horn
mingcute:safari-fill = safari
mingcute:pencil-2-fill = pencil
mingcute:rabbit-line = rabbit
ri:motorbike-line = motorbike
ri:arrow-drop-down-line = arrow drop down | I
ri:leaf-fill = leaf
ri:line-chart-fill = line chart
pepicons-pop:sword-circle-filled = sword in circle
pepicons-pop:dress-off = dress off | I
pepicons-pencil:gear-circle-off = gear circle off | I
pepicons:moon-print = moon
whh:treethree = tree
whh:toothbrush = toothbrush
whh:bookthree = book
whh:panda = panda
picon:chick = chick
picon:dice1 = dice 1
raphael:landing = landing
clarity:cloud-outline-alerted = cloud alerted | I
iconmind:birthday-candle-duotone-thin = birthday candle
iconmind:fishing-duotone-bold = fishing
iconmind:beach-trip-outline-thin = beach trip
ion:paper-plane-outline = paper plane
ion:rose-sharp = rose
ion:logo-python = logo python | B
foundation:die-five = die five
foundation:social-dropbox = social dropbox | B
medical-icon:i-ambulance = ambulance
maki:lighthouse-jp = lighthouse
maki:skateboard = skateboard
osmic:tree-deciduous-14 = tree deciduous
temaki:roller-coaster = roller coaster
pinhead:angelfish = angel fish
pinhead:surprised-face-in-circle = surprised face in circle
roentgen:oat-2 = oat
covid:covid19-virus-bat = covid 19 virus bat
garden:chevron-left-fill-16 = chevron left | I
octicon:rocket-24 = rocket
oui:app-discover = app discover | I
carbon:favorite-filled = favorite
carbon:ibm-cloud-key-protect = ibm cloud key protect | I B
uiw:frown-o = frown
jam:eggs-f = eggs
nrk:heart-expressive = heart
glyphs:planet-moon-outline = planet moon
lsicon:house-outline = house
line-md:compass-filled-loop = compass
majesticons:rocket-3-start-line = rocket start
keyline-icons:trophy-sharp-duotone = trophy
keyline-icons:banknote-2-plus-two-tone = banknote plus | I
dinkie-icons:anchor-small = anchor
temaki:tree-and-bench = tree and bench
mynaui:cog-two-solid = cog
boxicons:guitar-amp-filled = guitar amp
dinkie-icons:heart-white-suit-circled-filled = heart white suit circled
mdi:fish = fish
mdi:unicorn = unicorn
mdi:rocket-launch = rocket launch
ph:cat-light = cat
ph:bird-fill = bird
ph:horse-bold = horse
tabler:fish = fish
tabler:feather = feather
tabler:cactus = cactus
lucide:rabbit = rabbit
lucide:squirrel = squirrel
lucide:turtle = turtle
lucide:snail = snail
game-icons:wolf-head = wolf head
game-icons:fox-head = fox head
game-icons:lion = lion
game-icons:eagle-emblem = eagle emblem
game-icons:dragon-head = dragon head
game-icons:lighthouse = lighthouse
noto:owl = owl
noto:fox = fox
twemoji:rocket = rocket
emojione-monotone:octopus = octopus
ri:seedling-fill = seedling
ri:plant-line = plant
solar:cat-bold = cat
solar:cat-bold-duotone = cat
"""


def rows() -> list[tuple[str, str, str]]:
    found = []
    for line in NAMES.strip().splitlines():
        name, _, rest = line.partition(" = ")
        caption, _, flags = rest.partition(" | ")
        found.append((name, caption, flags.strip()))
    return found


def test_the_table_is_long_enough() -> None:
    assert len(rows()) >= 150


@pytest.mark.parametrize(("name", "caption", "flags"), rows())
def test_real_names(name: str, caption: str, flags: str) -> None:
    prefix, bare = name.split(":")
    found = clean_name(bare, prefix=prefix)
    assert found.caption == caption
    assert found.interface == ("I" in flags)
    assert found.brand_like == ("B" in flags)


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("firetruck", ["fire", "truck"]),
        ("coffeecup", ["coffee", "cup"]),
        ("carrot", ["carrot"]),
        ("toothbrush", ["toothbrush"]),
        ("horseshoe", ["horseshoe"]),
        ("qzxqzxqzx", ["qzxqzxqzx"]),
    ],
)
def test_split_compound(token: str, words: list[str]) -> None:
    assert split_compound(token, eager=True) == words


def test_styles_and_tags_are_told() -> None:
    found = clean_name("bell-ringing-bold-duotone", prefix="solar")
    assert found.styles == ("duotone", "bold")
    found = clean_name("sword-circle-filled", prefix="pepicons-pop")
    assert "circle" in found.tags


@pytest.mark.parametrize(
    "caption",
    ["arrow left", "chevron down", "file pdf", "align left", "cart plus", "bell off", "wifi",
     "battery low", "sort descending", "cursor", "checkbox", "fast forward", "7", "letter a"],
)  # fmt: skip
def test_interface(caption: str) -> None:
    assert is_interface(caption)


@pytest.mark.parametrize(
    "caption",
    ["fox", "coffee cup", "love letter", "traffic signal", "picture frame", "fork", "ram",
     "tree branch", "circle", "key", "lock", "heart in circle", "bow and arrow", "thumbs up",
     "chess king", "fish", "hourglass half", "table lamp", "game console", "bus stop"],
)  # fmt: skip
def test_not_interface(caption: str) -> None:
    assert not is_interface(caption)


@given(st.text(max_size=60), st.sampled_from(["", "ph", "fa", "solar", "fxemoji", "whh", "noto"]))
def test_any_string_gives_a_caption(text: str, prefix: str) -> None:
    found = clean_name(text, prefix=prefix)
    assert found.caption == " ".join(found.caption.split()).lower()
    assert found.caption.isascii()


WORDS = st.sampled_from(
    "fox cat light line circle square two tone bold fill outline alt 24 7 16px broken star of in "
    "firetruck v2 off plus icecream heart arrow face o f r ios dice one three small".split()
)


@given(st.lists(WORDS, min_size=1, max_size=6), st.sampled_from(["", "ph", "solar", "jam", "ion"]))
def test_a_caption_is_a_fixed_point(words: list[str], prefix: str) -> None:
    caption = clean_name("-".join(words), prefix=prefix).caption
    assert clean_name(caption, prefix="").caption == caption
    assert clean_name(caption, prefix=prefix).caption == caption

"""Shelves, chosen from the words of a title: the first shelf that knows one of them gets the item."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Shelf:
    """A named part of the shop."""

    slug: str
    name: str
    line: str


SHELVES = (
    Shelf("christmas", "Christmas", "Baubles, wreaths and paper chains, packed away for eleven months."),
    Shelf("lights", "Lights & candles", "Lanterns, T-lights and candles for long evenings."),
    Shelf("bags", "Bags & purses", "Jumbo bags, lunch bags and purses, most of them spotty."),
    Shelf("jewellery", "Jewellery & accessories", "Necklaces, earrings, umbrellas and things for the hair."),
    Shelf("kitchen", "Kitchen & tea", "Cups, tins, cake stands and whatever goes with toast."),
    Shelf("garden", "Garden", "Herb markers, watering cans and a place to kneel."),
    Shelf("party", "Party", "Bunting, balloons and paper plates by the dozen."),
    Shelf("cards", "Cards & wrapping", "Something to write and something to wrap it in."),
    Shelf("stationery", "Stationery & craft", "Notebooks, pencils, ribbons, wool and felt."),
    Shelf("toys", "Toys & children", "Playhouses, jigsaws and small companions."),
    Shelf("walls", "Signs, clocks & frames", "What hangs on a wall, and the hooks to hang it by."),
    Shelf("cosy", "Cosy home", "Cushions, hot water bottles, boxes and drawer knobs."),
    Shelf("ornaments", "Hearts & ornaments", "Hearts, birds and flowers for a window or a shelf."),
    Shelf("odds", "Odds & ends", "Everything that would not sit still on another shelf."),
)
BY_SLUG = {shelf.slug: shelf for shelf in SHELVES}

WORDS = {
    "walls1": r"""
        number\stile
    """,
    "christmas": r"""
        christmas xmas santa advent bauble baubles reindeer snowman snowmen snowflake snowflakes rudolph nativity
        noel panettone gingerbread sleigh
    """,
    "cards1": r"""
        card cards wrap tissues notelets envelopes wraps gift\stags? invites
    """,
    "stationery1": r"""
        ribbon ribbons
    """,
    "jewellery": r"""
        necklace necklaces earrings earring bracelet bracelets bangle brooch ring(?!\s(of|binder)) rings hair
        hairslide hairclip hairgrip hairband hairclips jewel(?!led) umbrella parasol parasols scarf scarves lariat
        charm charms keyring key-ring tiara pendant choker glove gloves socks shawl sarong slippers anklet compact
        watch sunglasses manicure lip balm gloss neckl braclet diamante slipper poncho tiaras hat muff
    """,
    "lights": r"""
        T-light T-lights tealight candle candles candlestick candleholder lantern lanterns light lights lamp
        lampshade incense votive chandelier candelabra burner matches torch tlight candlepot night-light
    """,
    "party": r"""
        bunting party balloon balloons confetti birthday streamers pinata napkins straws banquet
    """,
    "bags": r"""
        bag(?!\s\d) bags purse handbag shopper rucksack backpack wallet suitcase luggage holdall satchel passport
        toiletry wash-bag
    """,
    "garden": r"""
        garden gardener's gardeners gardening herb herbs watering plant planter pots flowerpot trowel windmill
        birdhouse bird-house feeder seed seeds rake picnic hammock parasols deckchair beehive nesting
    """,
    "cosy1": r"""
        hot\swater cushion doormat quilt throw
    """,
    "stationery": r"""
        notebook notebooks pencil pencils pen pens book journal sticker stickers eraser erasers rubber ruler
        sharpener writing paper sewing knitting craft feltcraft stamp stamps ribbon ribbons reel tape scrapbook
        calendar memo memoboard stationery crayons chalk chalks colouring needle embroidery wool crochet letters
        organiser folder bookmark paint decoupage paperweight clipboard magnet magnets sketchbook badges patches
        scissors? postcards? blackboard chalkboard
    """,
    "toys": r"""
        toy toys jigsaw game games doll dolls dolly playhouse puzzle skittles marbles spaceboy childrens children's
        children child's kids kid's baby girl's boy's cowboy soldier dinosaur ludo dominoes snakes yoyo yo-yo
        skipping kite harmonica playing circus robot rocking teddy puppet puppets racing cars snap whistle spinning
        bricks abacus ball bath\sduck mobile rocket piano drum xylophone monster helicopter farm slate pirate fairy
        ballerina tattoos babushka clay crosses snake crawlies crawlie bingo
    """,
    "kitchen": r"""
        mug mugs cup cups teacup saucer saucers teapot teapots tea coffee cake cakes cakestand baking bake bowl
        bowls plate plates kitchen cutlery jar jars jam tin tins spoon spoons spatula jug milk tray trays napkin
        coaster coasters egg eggcup bottle bottles apron pantry biscuit cookie bread butter sugar lunch mould moulds
        jelly tumbler glasses glass beaker flask funnel recipe tablecloth table oven teatowel tea-towel towel cosy
        colander whisk peeler cruet salt pepper ice sundae popcorn dish bucket chopsticks pasta sieve grater muffin
        cupcake placemats placemat chilli dessert wine beer champagne decanter carafe ladle toast measuring scales
        strainer ramekin bakeware cannister canister tagine fondue knife fork pudding breakfast frying pan chopping
        platter toastrack petit utensil container beakers
    """,
    "walls": r"""
        sign signs clock frame frames mirror wall picture photo hook hooks plaque poster album doorsign hanger
        hangers letter number numbers tile rack bookend shelf canvas mirrored coat
    """,
    "cosy": r"""
        cushion bathroom soap doormat throw quilt blanket knob knobs drawer doorstop stop storage box boxes cabinet
        basket baskets chest stool chair tidy bin rug curtain cover hamper hanging\sshelf wardrobe laundry peg pegs
        filler tissue cloth door fan towels ashtray radio phone crate trunk case casket furniture nightstand planter
        footstool pouffe bath sponge tissues letterbox moneybox bank safe thermometer weather tidy's shoe washbag
        flannel holder mat sideboard hand\swarmers?
    """,
    "ornaments": r"""
        heart hearts decoration decorations ornament flower flowers rose roses bird birds butterfly butterflies star
        stars easter bunny chick rabbit egg garland wreath angel angels cherub tree trees crystal crystals bell
        bells hanging bead beads feather wicker owl dove chicken hen squirrel cat dog elephant skull vase buddha
        figurine figure blossom branch leaf daisy tulip peony mushroom toadstool hedgehog frog horse reindeer bow
        chime chimes dreamcatcher snowglobe globe zinc metal wooden wood driftwood porcelain ceramic trinket
        potpourri sachet gnome rosette hand ducks
    """,
}
# A stronger word of a shelf is looked at earlier than its others.
ELSEWHERE = {"walls1": "walls", "cards1": "cards", "stationery1": "stationery", "cosy1": "cosy"}


def _rule(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(words.split())})(?![\w-])", re.IGNORECASE)


RULES = tuple((ELSEWHERE.get(name, name), _rule(words)) for name, words in WORDS.items())


def shelf_of(title: str) -> Shelf:
    """Return the shelf on which an item of this title stands."""
    slug = next((slug for slug, rule in RULES if rule.search(title)), "odds")
    return BY_SLUG[slug]

"""Which drawing fits a title: the words that call for each. The drawings themselves stand in `data/motifs.svg`."""

import re
from functools import cache
from pathlib import Path

DRAWINGS = Path(__file__).parent / "data" / "motifs.svg"

CALLS = tuple(
    (motif, re.compile(rf"(?<![\w-])(?:{words.replace(' ', '|')})(?![\w-])", re.IGNORECASE))
    for motif, words in (
        ("bottle_hot", r"hot\swater hottie"),
        ("chain", r"paper\schain"),
        ("popcorn", "popcorn"),
        ("napkin", "napkin napkins serviette serviettes"),
        ("peg", r"clothes\spegs? pegs"),
        ("scales", "scales"),
        ("cutter", r"(?<!heart\s)(?<!butterfly\s)cookie\scutters? gingerbread"),
        ("cushion", r"kneeling\spad"),
        ("cakestand", r"cakestand cake\sstand"),
        ("lunchbox", r"lunch\sbox snack\sbox suitcase rucksack backpack"),
        ("bag", "bag bags shopper handbag holdall"),
        ("purse", "purse wallet washbag passport"),
        ("chalkboard", r"chalkboard blackboard black\sboard memoboard"),
        ("umbrella", "umbrella parasol parasols"),
        ("cakecase", r"cake\scases petit cupcake fairy\scake muffin"),
        ("teapot", "teapot kettle"),
        ("teacup", r"teacup saucer tea\scup"),
        ("mug", r"mug mugs beaker beakers tumbler cup cups\b(?!\sgame)"),
        ("tealight", "T-light T-lights tealight"),
        ("lantern", "lantern lanterns"),
        ("card", r"cards? postcards? invites notelets"),
        ("gift", r"wrap wraps gift tissues gift\stags?"),
        ("ribbon", "ribbon ribbons reel tape twine wool"),
        ("wreath", "wreath garland"),
        ("bunting", "bunting pennant flags windsock"),
        ("candle", "candle candles candlestick incense candleholder"),
        ("lamp", "lamp lampshade light lights chandelier torch"),
        ("tree", r"christmas\stree xmas\stree tree trees"),
        ("bauble", "bauble baubles"),
        ("snowman", "snowman snowmen santa"),
        ("clock", "clock watch"),
        ("frame", "frame frames picture photo photoframe canvas album poster art"),
        ("mirror", "mirror"),
        ("sign", "sign plaque doorsign number letter letters word"),
        ("hook", "hook hooks hanger hangers rack"),
        ("necklace", "necklace pendant lariat choker neckl necklac"),
        ("earrings", "earrings earring"),
        ("bracelet", "bracelet bangle braclet anklet"),
        ("ring", r"rings?(?!\sof) brooch jewel tiara tiaras"),
        ("hairclip", "hair hairclip hairslide hairband hairclips bow scarf"),
        ("key", r"keyring key-ring key key-chains charm"),
        ("cushion", "cushion throw quilt blanket filler"),
        ("mat", "doormat mat rug placemats placemat"),
        ("knob", "knob knobs drawerknob"),
        ("drawers", "drawer drawers cabinet sideboard chest furniture stool"),
        ("tray", "tray trays chopping"),
        ("apron", "apron"),
        ("cutlery", "cutlery spoon spoons knife fork spatula whisk skewer"),
        ("plate", "plate plates plaid coaster coasters doilies dish platter"),
        ("bowl", "bowl bowls mould moulds colander basin pudding baking"),
        ("jar", "jar jars jam marmalade cannister canister storage container"),
        ("bottle", "bottle bottles flask oil jug milk decanter glass glasses"),
        ("tin", "tin tins bin pot pots bucket pan cake"),
        ("basket", "basket baskets hamper wicker picnic"),
        ("birdhouse", "birdhouse bird-house house home playhouse feeder cottage"),
        ("can", "watering"),
        ("plant", "herb plant planter flowerpot garden seed grow gardeners"),
        ("book", r"notebook notebooks book books journal diary calendar sketchbook organiser pad"),
        ("pencil", "pencil pencils pen pens crayons chalk eraser erasers sharpener ruler writing stationery"),
        ("rocket", "spaceboy rocket space robot"),
        ("doll", r"doll dolls dolly babushka girl soldier figurine angel princess feltcraft"),
        ("jigsaw", r"jigsaw puzzle game games toy snap dominoes ludo patches stickers? set\sof\sbadges"),
        ("balloon", "balloon balloons party birthday"),
        ("rabbit", "rabbit bunny bunnies hare"),
        ("egg", "egg eggs easter"),
        ("cat", "cat cats kitten kittens"),
        ("bird", r"bird birds owl owls dove chick chicken hen robin duck ducks cockerel"),
        ("butterfly", "butterfly butterflies fairy"),
        ("skull", "skull skulls pirate"),
        ("bell", "bell bells chime chimes"),
        ("star", r"star stars snowflakes? christmas"),
        ("heart", "heart hearts love sweetheart"),
        ("flower", r"flowers? roses? daisy tulip blossom peony lily"),
        ("box", "box boxes kit trunk case cases crate"),
    )
)
OF_SHELF = {
    "christmas": "bauble", "lights": "candle", "bags": "bag", "jewellery": "ring", "kitchen": "teacup",
    "garden": "plant", "party": "balloon", "cards": "card", "stationery": "book", "toys": "doll",
    "walls": "clock", "cosy": "cushion", "ornaments": "heart", "odds": "vase",
}  # fmt: skip


def motif_of(title: str, shelf: str) -> str:
    """Return the name of the drawing that fits a title best."""
    fitting = (motif for motif, call in CALLS if call.search(title))
    return next(fitting, OF_SHELF.get(shelf, "vase"))


@cache
def motifs() -> dict[str, str]:
    """Return every drawing by its name, with places for the colours."""
    return dict(re.findall(r'<symbol id="(\w+)">\s*(.*?)\s*</symbol>', DRAWINGS.read_text(), re.DOTALL))

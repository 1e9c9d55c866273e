"""Words that passwords are guessed with first, folded."""

from __future__ import annotations

_WORDS = """
000000 111111 112233 121212 123123 123321 123abc 131313 159753 1q2w3e 1q2w3e4r 1qaz2wsx 222222
232323 252525 314159 333333 444444 555555 654321 666666 696969 777777 789456 888888 987654 999999
aaaaaa abc123 abcabc abcd1234 access action admin administrateur administrator adore adrien
afrique alexandra alexandre alexis alice aline allison amanda amandine amelie america amour
amoureux anais andrea andrew angela angele angels anges animal animaux anthony antoine apollo
apples april arnaud arsenal arthur artist asdfgh asdfghjkl asdf ashley association attention
aurelie aurore avion aviation aviateur azerty azertyuiop azerty123 babygirl bailey banana bandit
barbara bateau batman beaute beauty bebe benjamin bernard bichon bienvenue bigboss bijou biscuit
blanche blink182 bonheur bonjour bonsoir booboo boston bouchon boulette boulanger bouteille boxer
brandon brandy bretagne brigitte bubulle bubbles bulldog buster butterfly buttercup calvin camille
canard canada capitaine caramel carine carlos carmen caroline carole casper catherine celine
chance changeme changezmoi charles charlie charlotte chaton cheese chelsea cherie cheval chevaux
chicken chien chiens chloe chocolat chocolate chouchou choupette choupinette christelle christian
christine christophe claire claude claudine clement cleopatre cloclo club coco coeur coffee
college colombe compaq computer concorde cookie copain copine coucou cowboy cristal cyril daisy
dakota dallas daniel danielle database dauphin david debbie default delphine demo denise dennis
diamant diamond didier dimanche dolphin domino dominique donald doudou dragon dream dreams eagle
eclipse edouard elephant elise elodie emilie emmanuel enter enzo eric espoir estelle etoile
etoiles eugene europe fabien fabrice falcon family famille fanny fatima felix femme fender ferrari
fiesta fleur fleurs florence florian florida flower flowers fluffy flying football forever fortune
france francis franck francois francoise frederic freedom friends friend fromage frodo fuckyou
gabriel gaelle garfield gaston gateau gateway genesis genevieve george georges gerard ginger
girafe goldfish golfer gordon grenouille guillaume guitar guitare gustave hammer hannah happy
harley hawaii heather hello helene hello123 hermione hockey holiday homer honey horses hugo hunter
iceman iloveyou internet isabelle italie jackson jacques janvier jasmine jasper jennifer jeremy
jerome jesus jessica jessie joelle johnny jonathan jordan josephine joshua juillet julian julie
julien junior justin justine karate karine kawasaki killer kitten kittycat knight laetitia laguna
laurence laurent lauren lavande leblanc legend leonardo letmein liberte license liberty lilou
lionel lison lizard login loulou loulou123 louise loup lovely lover loveme lucas lucie lucifer
ludovic lulu lumiere machin madison magali maggie magic maison maitre malika maman manager
manchester manon marcel marie mariage marianne marine marina marion marlboro marseille martin
martine master mathieu mathilde matrix matthew maurice maverick maxime maxwell megane melanie
melissa member membre mercedes mercredi merlin michael michel michele michelle mickey midnight
mimi minou miranda mirage monaco monday money monica monique monkey montagne monsieur morgan
morgane motdepasse motdepass mother mountain muffin mustang myriam naruto nathalie nathan natacha
nature nicolas nicole nicole1 nintendo noel normandie nothing novembre nounours nuage octobre
office olivia olivier olivier1 orange oceane pacific pamela panda panther papa papillon paris
parker pascal pascale pass passe passer passion passw0rd password passwort patate patricia patrick
paul peanut penelope pepper petit philippe phoenix pierre pikachu pilote pilot pirate planeur
platinum playstation please police pompier pookie popcorn portugal poupee poussin prince princess
princesse printemps private provence pumpkin purple qazwsx quentin qwerty qwertyuiop rabbit rachel
raiders rainbow ranger raphael raymond rebecca rebelle redsox regine renard renaud renault requin
richard robert robin rocket roger romain romane romeo ronaldo rosebud rouge royal rugby runner
russell sabine sabrina saint samantha samedi samsung samuel sandra sandrine sarah scooter scorpion
sebastien secret secret123 secretaire section septembre serge shadow shannon sierra silver simone
simple skippy smokey snoopy soccer soleil sonia sophie souris spider spiderman spirit splendide
starwars station stella stephane stephanie steven storm structure sucre summer sunday sunflower
sunshine super superman support surfer suzanne sweet sweetheart sylvain sylvie tamara tarzan
taylor technical tennis teresa test test123 tester testing thierry thomas thunder thx1138 tiffany
tigger tigre tinker titi toulouse tournesol toto trader trainer travail treasurer tresorier
trinity trustno1 tucker turtle tweety user utilisateur vacances valentin valerie vanessa vanille
vendredi vero veronique victoire victor victoria video vincent violette virginie voiture volley
voyage warrior welcome whatever william willow winner winston winter wizard wolf xavier yamaha
yannick yellow yolande yvonne zaq12wsx zidane zinedine zorro zxcvbn zxcvbnm
"""
COMMON = frozenset(_WORDS.split())

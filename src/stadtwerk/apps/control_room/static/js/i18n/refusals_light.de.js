/** Womit Licht nach Bedarf abgelehnt wird; in derselben Form wie refusals.de.js. */
export default {
  "{}: {} of {} lamps know only steps of light, {} for one": "{}: {} von {} Leuchten kennen nur Lichtstufen, etwa {}",
  "These lamps cannot fade": "Diese Leuchten können nicht stufenlos dimmen",
  "{}: some lamps are reached by {}, whose lamps form no local group yet": "{}: manche Leuchten sind über {} erreichbar; die bilden noch keine örtliche Gruppe",
  "Lamps of this radio cannot move light together": "Leuchten mit diesem Funk können Licht nicht gemeinsam bewegen",
  "{}: its poles carry {} to {} lamps": "{}: ihre Masten tragen {} bis {} Leuchten",
  "The street's poles make no equal fields": "Die Masten der Straße bilden keine gleichen Felder",
  "{} has {} fields of lamps; from 2 to {} can move light together": "{} hat {} Felder; 2 bis {} können Licht gemeinsam bewegen",
  "name exactly one street or one district": "genau eine Straße oder ein Stadtviertel nennen",
  "{} streets; one command lights at most {} on demand": "{} Straßen; ein Befehl beleuchtet höchstens {} nach Bedarf",
  "{} streets are lit on demand; the city keeps at most {}": "{} Straßen werden nach Bedarf beleuchtet; die Stadt führt höchstens {}",
  "So many streets cannot be lit on demand": "So viele Straßen können nicht nach Bedarf beleuchtet werden",
  "none of its streets is lit on demand": "keine ihrer Straßen wird nach Bedarf beleuchtet",
  "There is no light on demand here": "Hier gibt es kein Licht nach Bedarf",
  "{} has no step before": "{} hat keinen Schritt davor",
  "no bound of {} was certified": "für {} ist keine Schranke beglaubigt"
};

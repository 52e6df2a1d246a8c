/** Womit die Stadt etwas zur Energie ablehnt, auf Deutsch; {} je Wert; JSON, denn auch der Server liest es. */
export default {
  "{} names no share of the time from 0 to 1": "{} nennt keinen Anteil der Zeit von 0 bis 1",
  "The streets are being calculated": "Die Straßen werden noch berechnet",
  "{} of {} streets are done; ask again in a moment": "{} von {} Straßen sind fertig; gleich noch einmal fragen",
  "from {} to {}": "von {} bis {}",
  "This night has no account": "Diese Nacht hat keine Abrechnung",
  "no account of {} was made, and nothing was observed": "für {} gibt es keine Abrechnung, und nichts wurde beobachtet",
  "This month has no account": "Dieser Monat hat keine Abrechnung",
  "no night of {} was accounted for": "keine Nacht des Monats {} ist abgerechnet",
  "This month is not over": "Dieser Monat ist nicht zu Ende",
  "{} still has nights to come": "{} hat noch Nächte vor sich",
  "This month is signed already": "Dieser Monat ist schon unterschrieben",
  "the report of {} is signed": "der Bericht für {} ist unterschrieben",
  "The report has changed": "Der Bericht hat sich geändert",
  "look at it again before you sign": "vor dem Unterschreiben noch einmal ansehen"
};

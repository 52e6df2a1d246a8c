/** The words of the control room in English, by area. */

import city from "./en/city.js";
import ageing from "./en/ageing.js";
import alarms from "./en/alarms.js";
import rules from "./en/rules.js";
import people from "./en/people.js";
import past from "./en/past.js";
import classes from "./en/classes.js";
import demand from "./en/demand.js";
import design from "./en/design.js";
import energy from "./en/energy.js";
import faults from "./en/faults.js";
import health from "./en/health.js";
import law from "./en/law.js";
import works from "./en/works.js";
import lists from "./en/lists.js";
import plans from "./en/plans.js";
import programs from "./en/programs.js";

export default { ...city, ...ageing, ...alarms, ...rules, ...people, ...past, ...classes, ...demand, ...design, ...energy, ...faults, ...health, ...law, ...works, ...lists, ...plans, ...programs };

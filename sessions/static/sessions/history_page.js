/** The days in the filter are the reader's own, not those of UTC. */

import { need } from "portals/dom.js";

const zone = need("id_tz", HTMLInputElement);
zone.value ||= new Intl.DateTimeFormat().resolvedOptions().timeZone;

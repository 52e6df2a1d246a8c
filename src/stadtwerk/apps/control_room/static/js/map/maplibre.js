/** The map library, with our tile archive as a protocol. */

import * as maplibre from "maplibre-gl";
import { Protocol } from "pmtiles";

maplibre.addProtocol("pmtiles", new Protocol({ metadata: false }).tile);
// One worker is enough for one city's tiles and leaves the other core to the drawing.
maplibre.setWorkerCount(navigator.hardwareConcurrency > 4 ? 2 : 1);

export default maplibre;

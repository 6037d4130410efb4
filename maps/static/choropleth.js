/* The districts as one canvas: arcs are read once, and drawn anew whenever the map comes to rest. */
"use strict";
(function (vigia) {
  const WORLD = 256; // pixels of zoom 0
  const BEYOND = 0.4; // drawn beyond the edges of the map, as a share of its size
  const FINEST = 0.6; // pixels: what lies nearer to the point before is not drawn
  const RADIANS = Math.PI / 180;

  /** Arcs end to end, in pixels of zoom 0; `maps/topology.py` says how they are written. */
  function readArcs({ arcs, corner: [west, south], step }) {
    const starts = [0];
    const xs = new Float64Array(arcs.length >> 1);
    const ys = new Float64Array(arcs.length >> 1);
    let [at, x, y, n] = [0, 0, 0, 0];
    while (n < arcs.length) {
      const end = at + arcs[n];
      n += 1;
      for (; at < end; at += 1, n += 2) {
        x += arcs[n];
        y += arcs[n + 1];
        const sine = Math.sin(Math.max(-85, Math.min(85, south + y * step)) * RADIANS);
        xs[at] = ((west + x * step) / 360 + 0.5) * WORLD;
        ys[at] = (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * WORLD;
      }
      starts.push(at);
    }
    return { starts, xs, ys };
  }

  /** Of each district its rings, and of each ring its arcs: n, or ~n for one the other way round. */
  function readRings({ shapes }) {
    const rings = [];
    let [named, n] = [0, 0];
    const name = () => {
      const back = shapes[n];
      n += 1;
      if (back > 0) return named - back;
      if (back < 0) return ~(named + back);
      named += 1;
      return named - 1;
    };
    while (n < shapes.length) {
      const own = [];
      let left = shapes[n];
      n += 1;
      for (; left > 0; left -= 1) {
        const ring = new Int32Array(shapes[n]);
        n += 1;
        for (let place = 0; place < ring.length; place += 1) ring[place] = name();
        own.push(ring);
      }
      rings.push(own);
    }
    return rings;
  }

  /** The box of each district, four numbers each: west, north, east, south. */
  function readBoxes(rings, { starts, xs, ys }) {
    const boxes = new Float64Array(4 * rings.length);
    rings.forEach((own, index) => {
      let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
      for (const ring of own) {
        for (const name of ring) {
          const arc = name < 0 ? ~name : name;
          for (let n = starts[arc]; n < starts[arc + 1]; n += 1) {
            if (xs[n] < west) west = xs[n];
            if (xs[n] > east) east = xs[n];
            if (ys[n] < north) north = ys[n];
            if (ys[n] > south) south = ys[n];
          }
        }
      }
      boxes.set([west, north, east, south], 4 * index);
    });
    return boxes;
  }

  /** The districts on both sides of each arc; -1 where there is none. */
  function readOwners(rings, count) {
    const owners = [new Int32Array(count).fill(-1), new Int32Array(count).fill(-1)];
    rings.forEach((own, index) => {
      for (const ring of own) {
        for (const name of ring) {
          const arc = name < 0 ? ~name : name;
          owners[owners[0][arc] < 0 ? 0 : 1][arc] = index;
        }
      }
    });
    return owners;
  }

  function readShapes(written) {
    const arcs = readArcs(written);
    const rings = readRings(written);
    const count = arcs.starts.length - 1;
    return {
      ...arcs, rings, boxes: readBoxes(rings, arcs), owners: readOwners(rings, count),
      pixels: new Float32Array(2 * arcs.xs.length), ends: new Int32Array(count), // of the view drawn last
    };
  }

  const ways = new Set(); // that lie beneath the borders of every map
  const maps = new Set(); // of districts, now on the page

  /** Rivers or roads, of the same form as the districts' borders: thin lines beneath these. */
  vigia.Ways = L.Layer.extend({
    initialize(written, colour) {
      const arcs = readArcs(written);
      const count = arcs.starts.length - 1;
      const own = Array.from({ length: count }, (none, n) => [[n]]);
      Object.assign(this, { colour, arcs: { ...arcs, boxes: readBoxes(own, arcs), count } });
    },

    onAdd() {
      ways.add(this);
      for (const one of maps) one.refresh();
    },

    onRemove() {
      ways.delete(this);
      for (const one of maps) one.refresh();
    },
  });

  /** Whether a point of zoom 0 lies in a shape: a ray to the left crosses its rings an odd number of times. */
  function holds({ starts, xs, ys, rings }, index, x, y) {
    let inside = false;
    for (const ring of rings[index]) {
      for (const name of ring) {
        const arc = name < 0 ? ~name : name;
        for (let n = starts[arc] + 1; n < starts[arc + 1]; n += 1) {
          if ((ys[n] > y) !== (ys[n - 1] > y)
            && x < xs[n] + ((y - ys[n]) * (xs[n - 1] - xs[n])) / (ys[n - 1] - ys[n])) inside = !inside;
        }
      }
    }
    return inside;
  }

  /** What of the shapes is in sight, on the pixels of one view: each arc is put there once. */
  class View {
    constructor(shapes, origin, scale, size) {
      Object.assign(this, { shapes, origin, scale });
      this.west = origin.x / scale;
      this.north = origin.y / scale;
      this.east = this.west + size.x / scale;
      this.south = this.north + size.y / scale;
      this.inSight = this.among(shapes.boxes, shapes.rings.length);
      this.arcs = []; // those that were put there
      shapes.ends.fill(0);
    }

    /** Which of so many boxes are in sight. */
    among(boxes, count) {
      const found = [];
      for (let n = 0; n < count; n += 1) {
        if (boxes[4 * n] < this.east && boxes[4 * n + 2] > this.west
          && boxes[4 * n + 1] < this.south && boxes[4 * n + 3] > this.north) found.push(n);
      }
      return found;
    }

    /** Lines of others, straight from their arcs. */
    lines(pen, { starts, xs, ys, boxes, count }) {
      for (const arc of this.among(boxes, count)) {
        const last = starts[arc + 1] - 1;
        let [beforeX, beforeY] = [Infinity, Infinity];
        for (let n = starts[arc]; n <= last; n += 1) {
          const x = xs[n] * this.scale - this.origin.x;
          const y = ys[n] * this.scale - this.origin.y;
          if (n === starts[arc]) pen.moveTo(x, y);
          else if (n === last || Math.abs(x - beforeX) + Math.abs(y - beforeY) > FINEST) pen.lineTo(x, y);
          else continue;
          [beforeX, beforeY] = [x, y];
        }
      }
    }

    /** Puts an arc there, without points that no eye could tell apart; where its last x stands. */
    put(arc) {
      const { starts, xs, ys, pixels, ends } = this.shapes;
      if (ends[arc]) return ends[arc];
      const last = starts[arc + 1] - 1;
      let at = 2 * starts[arc];
      let [beforeX, beforeY] = [Infinity, Infinity];
      for (let n = starts[arc]; n <= last; n += 1) {
        const x = xs[n] * this.scale - this.origin.x;
        const y = ys[n] * this.scale - this.origin.y;
        if (n === last || Math.abs(x - beforeX) + Math.abs(y - beforeY) > FINEST) {
          pixels[at] = beforeX = x;
          pixels[at + 1] = beforeY = y;
          at += 2;
        }
      }
      this.arcs.push(arc);
      ends[arc] = at - 2;
      return at - 2;
    }

    trace(pen, index) {
      const { starts, pixels } = this.shapes;
      for (const ring of this.shapes.rings[index]) {
        for (let place = 0; place < ring.length; place += 1) {
          const forward = ring[place] >= 0;
          const arc = forward ? ring[place] : ~ring[place];
          const end = this.put(arc);
          const start = 2 * starts[arc];
          const first = forward ? start : end;
          if (place === 0) pen.moveTo(pixels[first], pixels[first + 1]);
          if (forward) for (let n = start + 2; n <= end; n += 2) pen.lineTo(pixels[n], pixels[n + 1]);
          else for (let n = end - 2; n >= start; n -= 2) pen.lineTo(pixels[n], pixels[n + 1]);
        } // it ends where it began: closePath looks at the whole path each time
      }
    }

    line(pen, arc) {
      const { starts, pixels, ends } = this.shapes;
      const start = 2 * starts[arc];
      pen.moveTo(pixels[start], pixels[start + 1]);
      for (let n = start + 2; n <= ends[arc]; n += 2) pen.lineTo(pixels[n], pixels[n + 1]);
    }
  }

  /**
   * The layer. `look` says how it is drawn: `look.colours()` gives the colour of a district by its index,
   * `look.border(a, b)` a line {width, colour} between two districts (b is -1 outside), `look.chosen()`.
   */
  vigia.Choropleth = L.Layer.extend({
    initialize(written, look) {
      this._shapes = readShapes(written);
      this._look = look;
    },

    onAdd(map) {
      this._canvas = L.DomUtil.create("canvas", "districts leaflet-zoom-animated", map.getPane("overlayPane"));
      maps.add(this);
      this._redraw();
    },

    onRemove() {
      maps.delete(this);
      this._canvas.remove();
    },

    getEvents() {
      const moved = () => this._follow(this._map.getCenter(), this._map.getZoom());
      return {
        moveend: this._rest, resize: this._redraw, viewreset: this._redraw, zoom: moved,
        zoomanim: (event) => this._follow(event.center, event.zoom),
      };
    },

    /** Draws again, with what `look` says now. */
    refresh() {
      if (this._map) this._redraw();
    },

    /** The district at a place, or null. */
    at(latlng) {
      const { x, y } = this._map.project(latlng, 0);
      const { boxes, rings } = this._shapes;
      for (let n = 0; n < rings.length; n += 1) {
        if (x >= boxes[4 * n] && x <= boxes[4 * n + 2] && y >= boxes[4 * n + 1] && y <= boxes[4 * n + 3]
          && holds(this._shapes, n, x, y)) return n;
      }
      return null;
    },

    /** The bounds of a district, or null for one without a boundary. */
    bounds(index) {
      const [west, north, east, south] = this._shapes.boxes.slice(4 * index, 4 * index + 4);
      if (!this._shapes.rings[index].length) return null;
      const corner = (x, y) => L.CRS.EPSG3857.pointToLatLng(L.point(x, y), 0);
      return L.latLngBounds(corner(west, south), corner(east, north));
    },

    /* Between two drawings the canvas moves and grows with the map. */
    _follow(center, zoom) {
      const scale = this._map.getZoomScale(zoom, this._zoom);
      const half = this._map.getSize().multiplyBy(0.5 + BEYOND);
      const offset = half.multiplyBy(-scale).add(this._map.project(this._center, zoom))
        .subtract(this._map._getNewPixelOrigin(center, zoom));
      L.DomUtil.setTransform(this._canvas, offset, scale);
    },

    /* Moved no farther than was drawn beyond the edges: nothing is to be done. */
    _rest() {
      const map = this._map;
      const view = L.bounds(map.containerPointToLayerPoint([0, 0]), map.containerPointToLayerPoint(map.getSize()));
      if (map.getZoom() !== this._zoom || !this._drawn.contains(view)) this._redraw();
    },

    _redraw() {
      const map = this._map;
      const size = map.getSize().multiplyBy(1 + 2 * BEYOND).round();
      const corner = map.containerPointToLayerPoint(map.getSize().multiplyBy(-BEYOND)).round();
      this._center = map.getCenter();
      this._zoom = map.getZoom();
      this._drawn = L.bounds(corner, corner.add(size));
      L.DomUtil.setPosition(this._canvas, corner);
      const sharp = window.devicePixelRatio || 1;
      const [wide, high] = [Math.round(size.x * sharp), Math.round(size.y * sharp)];
      if (this._canvas.width !== wide || this._canvas.height !== high) {
        [this._canvas.width, this._canvas.height] = [wide, high];
        [this._canvas.style.width, this._canvas.style.height] = [`${size.x}px`, `${size.y}px`];
      }
      const pen = this._canvas.getContext("2d");
      pen.setTransform(sharp, 0, 0, sharp, 0, 0);
      pen.clearRect(0, 0, size.x, size.y);
      pen.lineJoin = "round";
      this._paint(pen, new View(this._shapes, map.getPixelOrigin().add(corner), 2 ** this._zoom, size));
    },

    _paint(pen, view) {
      const colour = this._look.colours();
      const fills = new Map();
      for (const index of view.inSight) {
        const fill = colour(index);
        if (!fills.has(fill)) fills.set(fill, []);
        fills.get(fill).push(index);
      }
      for (const [fill, members] of fills) {
        pen.beginPath();
        for (const index of members) view.trace(pen, index);
        pen.fillStyle = fill;
        pen.fill();
      }
      for (const { arcs, colour } of ways) this._stroke(pen, { width: 1.1, colour }, () => view.lines(pen, arcs));
      this._borders(pen, view);
      const chosen = this._look.chosen();
      if (chosen !== null) this._stroke(pen, { width: 2.5, colour: "#10191e" }, () => view.trace(pen, chosen));
    },

    _borders(pen, view) {
      const [first, second] = this._shapes.owners;
      const lines = new Map();
      for (const number of view.arcs) {
        const line = this._look.border(first[number], second[number]);
        if (!lines.has(line)) lines.set(line, []);
        lines.get(line).push(number);
      }
      for (const [line, numbers] of [...lines].sort(([a], [b]) => a.order - b.order)) {
        this._stroke(pen, line, () => { for (const number of numbers) view.line(pen, number); });
      }
    },

    _stroke(pen, { width, colour }, draw) {
      pen.beginPath();
      draw();
      pen.lineWidth = width;
      pen.strokeStyle = colour;
      pen.stroke();
    },
  });
})(window.vigia);

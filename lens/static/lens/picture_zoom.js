const STEPS = [0.25, 0.33, 0.5, 0.67, 0.75, 1, 1.25, 1.5, 2, 3, 4];

/**
 * The size at which a picture is shown: as large as fits, or a share of its own size, where 1 is one picture point for
 * one point of the display. It never crops: what is larger than the view can be scrolled.
 */
export class PictureZoom {
  /** 0 means fit. */
  #scale = 0;
  #width = 0;
  #height = 0;
  #view;
  #picture;
  #onChange;
  #sizes;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.view
   * @param {HTMLElement} parts.picture
   * @param {(state: {fit: boolean, actual: boolean, percent: number}) => void} parts.onChange
   */
  constructor({ view, picture, onChange }) {
    this.#view = view;
    this.#picture = picture;
    this.#onChange = onChange;
    this.#sizes = new ResizeObserver(() => this.#tell());
    this.#sizes.observe(picture);
  }

  close() {
    this.#sizes.disconnect();
  }

  /**
   * @param {number} width of the picture itself, in its own points
   * @param {number} height
   */
  setSize(width, height) {
    if (!width || !height) return;
    this.#width = width;
    this.#height = height;
    this.#apply();
  }

  fit() {
    this.#set(0);
  }

  actual() {
    this.#set(1);
  }

  zoomIn() {
    const now = this.#shown();
    this.#set(STEPS.find((step) => step > now * 1.01) ?? STEPS[STEPS.length - 1]);
  }

  zoomOut() {
    const now = this.#shown();
    this.#set(STEPS.filter((step) => step < now * 0.99).pop() ?? STEPS[0]);
  }

  /** @param {number} scale */
  #set(scale) {
    const middle = this.#middle();
    this.#scale = scale;
    this.#apply();
    this.#scrollTo(middle);
  }

  #apply() {
    const { style } = this.#picture;
    style.setProperty("--ratio", String(this.#width / this.#height || 4 / 3));
    style.setProperty("--zoomed-width", `${(this.#width * this.#scale) / window.devicePixelRatio}px`);
    this.#picture.toggleAttribute("data-zoomed", this.#scale > 0);
    this.#tell();
  }

  /** The scale on the display, whatever way it came about. */
  #shown() {
    return this.#width ? (this.#picture.clientWidth * window.devicePixelRatio) / this.#width : 1;
  }

  /** The point of the picture in the middle of the view, 0 to 1 in both directions. */
  #middle() {
    const { scrollLeft, scrollTop, clientWidth, clientHeight, scrollWidth, scrollHeight } = this.#view;
    return {
      x: (scrollLeft + clientWidth / 2) / scrollWidth,
      y: (scrollTop + clientHeight / 2) / scrollHeight,
    };
  }

  /** @param {{x: number, y: number}} middle */
  #scrollTo({ x, y }) {
    const { clientWidth, clientHeight, scrollWidth, scrollHeight } = this.#view;
    this.#view.scrollTo(x * scrollWidth - clientWidth / 2, y * scrollHeight - clientHeight / 2);
  }

  #tell() {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = this.#view;
    // What can be scrolled can be reached by keyboard.
    if (scrollWidth > clientWidth || scrollHeight > clientHeight) this.#view.tabIndex = 0;
    else this.#view.removeAttribute("tabindex");
    this.#onChange({
      fit: this.#scale === 0,
      actual: this.#scale === 1,
      percent: this.#width && this.#picture.clientWidth ? Math.round(this.#shown() * 100) : 0,
    });
  }
}

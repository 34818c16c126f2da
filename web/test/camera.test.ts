import { describe, expect, it } from "vitest";
import { Camera, ZOOM_MAX } from "../src/board/camera";

const SIDE = 62;
const SIZE = { x: 800, y: 600 };
const layoutOf = (camera: Camera) => camera.layout(SIDE, SIZE.x, SIZE.y, 2);
/** The place under a point of the canvas, in cells. */
const under = (camera: Camera, x: number, y: number) => {
  const { left, top, cell } = layoutOf(camera);
  return { x: (x - left) / cell, y: (y - top) / cell };
};

describe("the camera", () => {
  it("shows the whole arena in the middle at first", () => {
    const { left, top, cell } = layoutOf(new Camera());
    expect(cell * SIDE).toBeCloseTo(600);
    expect([left, top]).toEqual([100, 0]);
  });

  it("keeps what lies under the fingers there while it comes closer", () => {
    const camera = new Camera();
    for (const factor of [2, 1.3, 0.8]) {
      const before = under(camera, 420, 310);
      camera.zoomBy(factor, { x: 420, y: 310 }, layoutOf(camera), SIZE);
      const after = under(camera, 420, 310);
      expect(after.x).toBeCloseTo(before.x, 6);
      expect(after.y).toBeCloseTo(before.y, 6);
    }
  });

  it("comes no closer than its limit, and goes back to the whole", () => {
    const camera = new Camera();
    camera.zoomBy(100, { x: 0, y: 0 }, layoutOf(camera), SIZE);
    expect(camera.zoom).toBe(ZOOM_MAX);
    camera.zoomBy(0.001, { x: 0, y: 0 }, layoutOf(camera), SIZE);
    expect(camera.zoom).toBe(1);
    expect(layoutOf(camera).left).toBe(100);
  });

  it("never shows what lies beyond the walls when there is arena to show", () => {
    const camera = new Camera();
    camera.zoomBy(4, { x: 400, y: 300 }, layoutOf(camera), SIZE);
    for (const by of [
      { x: 9_999, y: 9_999 },
      { x: -9_999, y: -9_999 },
    ]) {
      camera.panBy(by, layoutOf(camera), SIZE);
      const { left, top, cell } = layoutOf(camera);
      expect(left).toBeLessThanOrEqual(0);
      expect(top).toBeLessThanOrEqual(0);
      expect(left + cell * SIDE).toBeGreaterThanOrEqual(SIZE.x);
      expect(top + cell * SIDE).toBeGreaterThanOrEqual(SIZE.y);
    }
  });

  it("moves with the finger", () => {
    const camera = new Camera();
    camera.zoomBy(3, { x: 400, y: 300 }, layoutOf(camera), SIZE);
    const before = under(camera, 400, 300);
    camera.panBy({ x: 30, y: -20 }, layoutOf(camera), SIZE);
    const after = under(camera, 430, 280);
    expect(after.x).toBeCloseTo(before.x, 6);
    expect(after.y).toBeCloseTo(before.y, 6);
  });

  it("comes to whoever is followed, smoothly or at once", () => {
    const camera = new Camera();
    camera.zoomBy(4, { x: 400, y: 300 }, layoutOf(camera), SIZE);
    const distance = () => Math.hypot(under(camera, 400, 300).x - 20.5, under(camera, 400, 300).y - 40.5);
    const far = distance();
    camera.follow({ x: 20, y: 40 }, 16);
    const nearer = distance();
    expect(nearer).toBeLessThan(far);
    expect(nearer).toBeGreaterThan(0.1);
    camera.follow({ x: 20, y: 40 }, Number.POSITIVE_INFINITY);
    expect(distance()).toBeCloseTo(0, 6);
  });
});

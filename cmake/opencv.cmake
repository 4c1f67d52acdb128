# OpenCV's modules as the imported targets opencv_core and opencv_imgproc. Debian keeps
# OpenCVConfig.cmake in libopencv-dev, which drags in the whole of OpenCV; the single -dev packages
# bring headers and libraries only, so those are looked up here when there is no such file.

find_package(OpenCV QUIET COMPONENTS core imgproc)
if(NOT OpenCV_FOUND)
  find_path(OPENCV_INCLUDE_DIR opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
  foreach(module core imgproc)
    find_library(OPENCV_${module}_LIBRARY opencv_${module} REQUIRED)
    add_library(opencv_${module} SHARED IMPORTED)
    set_target_properties(opencv_${module} PROPERTIES
                          IMPORTED_LOCATION ${OPENCV_${module}_LIBRARY}
                          INTERFACE_INCLUDE_DIRECTORIES ${OPENCV_INCLUDE_DIR})
  endforeach()
  target_link_libraries(opencv_imgproc INTERFACE opencv_core)
endif()
